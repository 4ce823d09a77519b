import { Check } from "lucide-react";
import { Checkbox, Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../api/people";
import type { Column } from "../../../design/DataTable";
import { formatDate } from "../../../design/format";
import { usePersonStates } from "./states";

/** What is shown of everybody; the box beside the name chooses a person. */
export function usePeopleColumns(
  chosen: Person[],
  onChoose: (people: Person[], on: boolean) => void,
): Column<Person>[] {
  const { t, i18n } = useTranslation();
  const states = usePersonStates();
  return [
    {
      id: "name",
      title: t("admin.people.name"),
      sort: "name",
      show: (person) => (
        <div className="person-name">
          <Checkbox
            className="checkbox"
            aria-label={t("admin.people.choose", { name: person.name })}
            isSelected={chosen.some(({ id }) => id === person.id)}
            onChange={(on) => onChoose([person], on)}
          >
            <span className="box">
              <Check aria-hidden="true" />
            </span>
          </Checkbox>
          <div>
            <Link href={`/admin/people/${person.id}`}>{person.name || person.email}</Link>
            <p className="small soft person-narrow">{person.email}</p>
          </div>
        </div>
      ),
    },
    { id: "email", title: t("admin.people.email"), sort: "email", minor: true, show: ({ email }) => email },
    { id: "state", title: t("admin.people.state"), show: (person) => states(person).join(", ") },
    { id: "entity", title: t("admin.entities.entity"), minor: true, show: ({ entity }) => entity?.name },
    {
      id: "seen",
      title: t("admin.people.seen"),
      sort: "seen_at",
      minor: true,
      show: ({ seen_at }) => (seen_at === null ? t("admin.people.never") : formatDate(seen_at, i18n.language)),
    },
  ];
}
