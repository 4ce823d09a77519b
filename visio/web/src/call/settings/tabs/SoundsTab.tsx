import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChoice } from "../../../design/choice";
import { Switch } from "../../../design/Switch";
import { CROWD, type Kind, KINDS, rings } from "../../signals/kinds";
import { allowNotifications, canNotify, NOTIFICATIONS } from "../../signals/notifications";
import { play, SOUNDS } from "../../signals/sounds";
import { usePeople } from "../../state/hooks";

export function SoundsTab() {
  const { t } = useTranslation();
  return (
    <>
      <p className="soft">{t("signals.crowd", { most: CROWD })}</p>
      {KINDS.map((kind) => (
        <SoundSwitch key={kind} kind={kind} />
      ))}
      {canNotify() && <NotificationSwitch />}
    </>
  );
}

function SoundSwitch({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const wish = useChoice(SOUNDS[kind]);
  return (
    <Switch
      label={t(`signals.sounds.${kind}`)}
      isSelected={rings(wish, kind, usePeople().length)}
      onChange={(on) => {
        SOUNDS[kind].choose(on ? "on" : "off");
        if (on) play(kind);
      }}
    />
  );
}

function NotificationSwitch() {
  const { t } = useTranslation();
  const wanted = useChoice(NOTIFICATIONS) === "on";
  const [refused, setRefused] = useState(false);
  async function change(on: boolean) {
    if (on) setRefused(!(await allowNotifications()));
    else NOTIFICATIONS.choose("off");
  }
  return (
    <>
      <Switch
        label={t("signals.notifications")}
        isSelected={wanted && Notification.permission === "granted"}
        onChange={(on) => void change(on)}
      />
      <p role="status" className="soft">
        {refused && t("signals.refused")}
      </p>
    </>
  );
}
