import { type FormEvent, useState } from "react";
import { CheckboxGroup, FieldError, Form, Input, Label, NumberField, Text } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Policy } from "../../../api/config";
import { useSavePolicy } from "../../../api/policy";
import type { Access } from "../../../api/rooms";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { RadioCards } from "../../../design/RadioCards";

const LEVELS: Access[] = ["restricted", "trusted", "public"];
const CREATORS: Policy["creators"][] = ["everybody", "administrators"];

export function PolicyForm({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const [{ access, creators, max_participants }, setDraft] = useState(policy);
  const save = useSavePolicy();
  function change(part: Partial<Policy>) {
    save.reset();
    setDraft((before) => ({ ...before, ...part }));
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate({ access, creators, max_participants });
  }
  return (
    <Form className="card padded" onSubmit={submit}>
      <CheckboxGroup
        className="field"
        value={access}
        onChange={(chosen) => change({ access: LEVELS.filter((level) => chosen.includes(level)) })}
        isRequired
      >
        <Label className="label">{t("admin.policy.access")}</Label>
        {LEVELS.map((level) => (
          <Checkbox
            key={level}
            value={level}
            label={t(`access.${level}.title`)}
            hint={t(`access.${level}.explanation`)}
          />
        ))}
        <FieldError className="error">{t("admin.policy.oneAtLeast")}</FieldError>
      </CheckboxGroup>
      <RadioCards
        label={t("admin.policy.creators")}
        value={creators}
        choices={CREATORS.map((value) => ({ value, title: t(`admin.policy.by.${value}`) }))}
        onChange={(value) => change({ creators: value })}
      />
      <NumberField
        className="field policy-most"
        value={max_participants}
        minValue={0}
        maxValue={10_000}
        onChange={(most) => change({ max_participants: Number.isNaN(most) ? 0 : most })}
      >
        <Label>{t("admin.policy.most")}</Label>
        <Input className="input" />
        <Text slot="description" className="hint">
          {t("admin.policy.mostHint")}
        </Text>
      </NumberField>
      <ProblemNotice error={save.error} />
      {save.isSuccess && <Notice tone="success">{t("admin.policy.saved")}</Notice>}
      <div className="row">
        <Button type="submit" variant="primary" isBusy={save.isPending}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}
