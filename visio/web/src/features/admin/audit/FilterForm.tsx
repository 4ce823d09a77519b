import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { AuditFilters } from "../../../api/audit";
import { Button } from "../../../design/Button";
import { Select } from "../../../design/Select";
import { TextField } from "../../../design/TextField";
import { beginOf, dayAfter, endOf } from "../moments";
import { ACTS, actOf } from "./acts";

interface Props {
  filters: AuditFilters;
  onAsk: (filters: AuditFilters) => void;
  onClear: () => void;
}

/** Of everything for the act: a choice needs an id. */
const ANY = "any";

export function FilterForm({ filters, onAsk, onClear }: Props) {
  const { t } = useTranslation();
  const [act, setAct] = useState(filters.act);
  const [person, setPerson] = useState(filters.person);
  const [about, setAbout] = useState(filters.about);
  const [first, setFirst] = useState(filters.since === undefined ? "" : dayAfter(filters.since, 0));
  const [last, setLast] = useState(filters.until === undefined ? "" : dayAfter(filters.until - 1, 0));
  const acts = ACTS.map((word) => ({ id: actOf(word), name: t(`admin.audit.acts.${word}`) }));
  function submit(event: FormEvent) {
    event.preventDefault();
    onAsk({ act, person: person.trim(), about: about.trim(), since: beginOf(first), until: endOf(last) });
  }
  return (
    <Form className="card padded" onSubmit={submit}>
      <div className="audit-filters">
        <Select
          label={t("admin.audit.act")}
          value={act || ANY}
          options={[{ id: ANY, name: t("admin.audit.anyAct") }, ...acts]}
          onChange={(id) => setAct(id === ANY ? "" : id)}
        />
        <TextField
          label={t("admin.audit.person")}
          hint={t("admin.audit.personHint")}
          value={person}
          onChange={setPerson}
          maxLength={256}
          autoComplete="off"
        />
        <TextField
          label={t("admin.audit.about")}
          hint={t("admin.audit.aboutHint")}
          value={about}
          onChange={setAbout}
          maxLength={256}
          autoComplete="off"
        />
        <TextField type="date" label={t("admin.audit.since")} value={first} onChange={setFirst} />
        <TextField type="date" label={t("admin.audit.until")} value={last} onChange={setLast} />
      </div>
      <div className="row">
        <Button type="submit" variant="primary">
          {t("admin.audit.ask")}
        </Button>
        <Button onPress={onClear}>{t("admin.audit.clear")}</Button>
      </div>
    </Form>
  );
}
