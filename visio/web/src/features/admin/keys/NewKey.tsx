import { type FormEvent, useState } from "react";
import { CheckboxGroup, FieldError, Form, Label } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type KeyDraft, SCOPES, type Scope, type Service, useMakeKey, useServices } from "../../../api/keys";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { Modal } from "../../../design/Modal";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Select } from "../../../design/Select";
import { TextField } from "../../../design/TextField";
import { dayAfter, endOf } from "../moments";
import { KeyShown } from "./KeyShown";
import { domainsIn, wordOf } from "./scopes";

/** Days that a key is good for, unless another end is chosen; and at most, with the last day whole. */
const USUAL = 90;
const MOST = 365;

/** A new key of `service`, or of one that is chosen. */
export function NewKey({ service, onClose }: { service?: Service; onClose: () => void }) {
  const { t } = useTranslation();
  const make = useMakeKey();
  if (make.data) return <KeyShown made={make.data} onClose={onClose} />;
  return (
    <Modal title={t("admin.keys.make")} isOpen onClose={onClose}>
      {service ? (
        <KeyForm services={[service]} {...{ make, onClose }} />
      ) : (
        <WithServices {...{ make, onClose }} />
      )}
    </Modal>
  );
}

interface FormProps {
  make: ReturnType<typeof useMakeKey>;
  onClose: () => void;
}

function WithServices(props: FormProps) {
  const { t } = useTranslation();
  const { data, error } = useServices({ search: "", sort: "name", order: "ascending", offset: 0, limit: 200 });
  const services = data?.services.filter((service) => !service.disabled);
  if (services?.length === 0) return <Notice>{t("admin.keys.serviceFirst")}</Notice>;
  return (
    <>
      <ProblemNotice error={error} />
      {services && <KeyForm services={services} {...props} />}
    </>
  );
}

function KeyForm({ services, make, onClose }: FormProps & { services: Service[] }) {
  const { t } = useTranslation();
  const [now] = useState(Date.now);
  const [service, setService] = useState(services[0]?.id ?? "");
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>([]);
  const [day, setDay] = useState(dayAfter(now, USUAL));
  const [domains, setDomains] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    const draft: KeyDraft = {
      service,
      name: name.trim(),
      scopes,
      expires_at: endOf(day) ?? now,
      domains: domainsIn(domains),
    };
    make.mutate(draft);
  }
  return (
    <Form className="dialog-form" onSubmit={submit}>
      <ProblemNotice error={make.error} />
      <Select label={t("admin.keys.service")} value={service} options={services} onChange={setService} />
      <TextField
        label={t("admin.keys.name")}
        hint={t("admin.keys.nameHint")}
        value={name}
        onChange={setName}
        maxLength={100}
        pattern=".*\S.*"
        isRequired
        autoFocus
      />
      <CheckboxGroup
        className="field"
        value={scopes}
        onChange={(chosen) => setScopes(SCOPES.filter((scope) => chosen.includes(scope)))}
        isRequired
      >
        <Label className="label">{t("admin.keys.may")}</Label>
        {SCOPES.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={t(`admin.keys.scopes.${wordOf(scope)}.title`)}
            hint={t(`admin.keys.scopes.${wordOf(scope)}.text`)}
          />
        ))}
        <FieldError className="error">{t("admin.keys.oneAtLeast")}</FieldError>
      </CheckboxGroup>
      <DayField value={day} min={dayAfter(now, 0)} max={dayAfter(now, MOST)} onChange={setDay} />
      <TextField
        label={t("admin.keys.domains")}
        hint={t("admin.keys.domainsHint")}
        placeholder={t("admin.keys.domainsExample")}
        value={domains}
        onChange={setDomains}
        maxLength={1000}
        autoComplete="off"
        spellCheck="false"
      />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" isBusy={make.isPending}>
          {t("admin.keys.make")}
        </Button>
      </div>
    </Form>
  );
}

interface DayProps {
  value: string;
  min: string;
  max: string;
  onChange: (day: string) => void;
}

function DayField({ value, min, max, onChange }: DayProps) {
  const { t } = useTranslation();
  return (
    <TextField
      type="date"
      label={t("admin.keys.lastDay")}
      hint={t("admin.keys.lastDayHint")}
      value={value}
      onChange={onChange}
      validate={(day) => (day < min || day > max ? t("admin.keys.lastDayHint") : null)}
      isRequired
    />
  );
}
