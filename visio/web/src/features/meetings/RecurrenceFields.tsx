import { CheckboxGroup, Label } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Recurrence, WEEKDAYS, type Weekday } from "../../api/scheduled";
import { Checkbox } from "../../design/Checkbox";
import { formatWeekday } from "../../design/format";
import { Select } from "../../design/Select";
import { TextField } from "../../design/TextField";
import { nthOf, weekdayOf } from "./times";

interface Props {
  rule: Recurrence | null;
  /** The first day, which the rule has to give. */
  day: string;
  onChange: (rule: Recurrence | null) => void;
}

const FREQUENCIES = ["never", "daily", "weekly", "monthly"] as const;
const ENDS = ["never", "until", "count"] as const;

/** How often a meeting takes place, and until when. */
export function RecurrenceFields({ rule, day, onChange }: Props) {
  const { t } = useTranslation();
  const end = rule?.until ? "until" : rule?.count ? "count" : "never";
  function choose(frequency: string) {
    if (frequency === "never") onChange(null);
    else onChange({ ...begun(rule, day), frequency: frequency as Recurrence["frequency"] });
  }
  function chooseEnd(chosen: string) {
    if (rule) onChange({ ...rule, until: chosen === "until" ? day : null, count: chosen === "count" ? 10 : null });
  }
  return (
    <>
      <Select
        label={t("schedule.repeats")}
        value={rule?.frequency ?? "never"}
        options={FREQUENCIES.map((id) => ({ id, name: t(`schedule.frequency.${id}`) }))}
        onChange={choose}
      />
      {rule && (
        <fieldset className="recurrence">
          <legend className="visually-hidden">{t("schedule.repeats")}</legend>
          <TextField
            type="number"
            label={t(`schedule.interval.${rule.frequency}`)}
            value={String(rule.interval)}
            onChange={(text) => onChange({ ...rule, interval: bounded(text, 99) })}
          />
          {rule.frequency === "weekly" && <Weekdays rule={rule} day={day} onChange={onChange} />}
          {rule.frequency === "monthly" && <Monthly rule={rule} day={day} onChange={onChange} />}
          <Select
            label={t("schedule.end")}
            value={end}
            options={ENDS.map((id) => ({ id, name: t(`schedule.endings.${id}`) }))}
            onChange={chooseEnd}
          />
          {end === "until" && (
            <TextField
              type="date"
              label={t("schedule.until")}
              value={rule.until ?? day}
              onChange={(until) => onChange({ ...rule, until: until || day })}
              isRequired
            />
          )}
          {end === "count" && (
            <TextField
              type="number"
              label={t("schedule.count")}
              value={String(rule.count)}
              onChange={(text) => onChange({ ...rule, count: bounded(text, 366) })}
            />
          )}
        </fieldset>
      )}
    </>
  );
}

interface PartProps {
  rule: Recurrence;
  day: string;
  onChange: (rule: Recurrence) => void;
}

/** The first day's own weekday stays among them. */
function Weekdays({ rule, day, onChange }: PartProps) {
  const { t, i18n } = useTranslation();
  const own = weekdayOf(day);
  return (
    <CheckboxGroup
      className="field"
      value={[...new Set([...rule.weekdays, own])]}
      onChange={(chosen) => onChange({ ...rule, weekdays: chosen as Weekday[] })}
    >
      <Label className="label">{t("schedule.weekdays")}</Label>
      <div className="weekdays">
        {WEEKDAYS.map((weekday, index) => (
          <Checkbox
            key={weekday}
            value={weekday}
            label={formatWeekday(index, i18n.language)}
            isDisabled={weekday === own}
          />
        ))}
      </div>
    </CheckboxGroup>
  );
}

function Monthly({ rule, day, onChange }: PartProps) {
  const { t, i18n } = useTranslation();
  const weekday = formatWeekday(WEEKDAYS.indexOf(weekdayOf(day)), i18n.language);
  return (
    <Select
      label={t("schedule.monthly")}
      value={rule.by}
      options={[
        { id: "day", name: t("schedule.byDay", { day: Number(day.slice(8, 10)) }) },
        { id: "weekday", name: t("schedule.byWeekday", { nth: t(`schedule.nth.n${nthOf(day)}`), weekday }) },
      ]}
      onChange={(by) => onChange({ ...rule, by: by as Recurrence["by"] })}
    />
  );
}

function begun(rule: Recurrence | null, day: string): Recurrence {
  return (
    rule ?? { frequency: "weekly", interval: 1, weekdays: [weekdayOf(day)], by: "day", until: null, count: null }
  );
}

function bounded(text: string, most: number): number {
  return Math.min(most, Math.max(1, Math.round(Number(text)) || 1));
}
