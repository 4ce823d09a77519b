import { useTranslation } from "react-i18next";
import { TextField } from "../../design/TextField";
import type { When } from "./times";
import "./Scheduling.css";

/** The day and from when to when. */
export function WhenFields({ when, onChange }: { when: When; onChange: (when: When) => void }) {
  const { t } = useTranslation();
  return (
    <div className="when-fields">
      <TextField
        type="date"
        label={t("schedule.day")}
        value={when.day}
        onChange={(day) => onChange({ ...when, day })}
        isRequired
      />
      <TextField
        type="time"
        label={t("schedule.begins")}
        value={when.begins}
        onChange={(begins) => onChange({ ...when, begins })}
        isRequired
      />
      <TextField
        type="time"
        label={t("schedule.ends")}
        value={when.ends}
        onChange={(ends) => onChange({ ...when, ends })}
        isRequired
      />
    </div>
  );
}
