import { useTranslation } from "react-i18next";
import { Select } from "../design/Select";

interface Props {
  people: number | null;
  onChange: (people: number | null) => void;
}

/** How many people are at a shared microphone: no more voices are looked for in the transcript. */
export function MicrophonePeople({ people, onChange }: Props) {
  const { t } = useTranslation();
  const counts = people === null || COUNTS.includes(people) ? COUNTS : [...COUNTS, people];
  return (
    <Select
      label={t("prejoin.people")}
      value={String(people ?? UNKNOWN)}
      options={[
        { id: UNKNOWN, name: t("prejoin.peopleUnknown") },
        ...counts.map((count) => ({ id: String(count), name: t("prejoin.peopleCount", { count }) })),
      ]}
      onChange={(id) => onChange(id === UNKNOWN ? null : Number(id))}
    />
  );
}

const UNKNOWN = "unknown";
const COUNTS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20];
