import { useState } from "react";
import { Label, Input, NumberField, Text } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { usePolicy } from "../../api/policy";
import { type RoomSettings, SPOKEN, type Spoken, type Writers } from "../../api/rooms";
import { RadioCards } from "../../design/RadioCards";
import { Select } from "../../design/Select";
import { Switch } from "../../design/Switch";
import { useAccessChoices } from "./access";
import "./RoomRules.css";

const WRITERS = ["everyone", "hosts", "nobody"] as const;
const RIGHTS = ["microphone", "camera", "screen_share", "muting"] as const;

interface Props {
  settings: RoomSettings;
  onChange: (change: Partial<RoomSettings>) => void;
}

/** Who may enter a room and do what in it: the same before a meeting and during one. */
export function RoomRules({ settings, onChange }: Props) {
  const { t, i18n } = useTranslation();
  const languages = new Intl.DisplayNames(i18n.language, { type: "language" });
  const config = useConfig();
  const { max_participants: limit } = usePolicy();
  const [first] = useState(settings.access);
  const choices = useAccessChoices(first);
  return (
    <>
      <RadioCards
        label={t("access.label")}
        value={settings.access}
        choices={choices}
        onChange={(access) => onChange({ access })}
      />
      <div className="room-rules">
        <Switch label={t("rules.locked")} isSelected={settings.locked} onChange={(locked) => onChange({ locked })} />
        {RIGHTS.map((right) => (
          <Switch
            key={right}
            label={t(`rules.${right}`)}
            isSelected={settings[right] === "everyone"}
            onChange={(on) => onChange({ [right]: on ? "everyone" : "hosts" })}
          />
        ))}
        <Select
          label={t("rules.chat")}
          value={settings.chat}
          options={WRITERS.map((id) => ({ id, name: t(`rules.writers.${id}`) }))}
          onChange={(chat) => onChange({ chat: chat as Writers })}
        />
        <Switch
          label={t("rules.chat_kept")}
          isSelected={settings.chat_kept}
          onChange={(chat_kept) => onChange({ chat_kept })}
        />
        <Switch
          label={t("rules.transcribing")}
          isSelected={settings.transcribing === "hosts"}
          onChange={(on) => onChange({ transcribing: on ? "hosts" : "nobody" })}
        />
        {settings.transcribing === "hosts" && (
          <Select
            label={t("rules.spoken")}
            value={settings.spoken}
            options={SPOKEN.map((id) => ({ id, name: id === "detected" ? t("rules.detected") : languages.of(id)! }))}
            onChange={(spoken) => onChange({ spoken: spoken as Spoken })}
          />
        )}
        <NumberField
          className="field"
          value={settings.max_participants}
          minValue={0}
          maxValue={Math.max(limit || 10_000, settings.max_participants)}
          onChange={(most) => onChange({ max_participants: Number.isNaN(most) ? 0 : most })}
        >
          <Label>{t("rules.most")}</Label>
          <Input className="input" />
          <Text slot="description" className="hint">
            {limit ? t("rules.mostHere", { limit }) : t("rules.mostHint")}
          </Text>
        </NumberField>
        <NumberField
          className="field"
          value={settings.retention_days}
          minValue={0}
          maxValue={3_660}
          onChange={(days) => onChange({ retention_days: Number.isNaN(days) ? 0 : days })}
        >
          <Label>{t("rules.retention")}</Label>
          <Input className="input" />
          <Text slot="description" className="hint">
            {t("rules.retentionHint", config?.retention ?? { days: "…", most: "…" })}
          </Text>
        </NumberField>
      </div>
    </>
  );
}
