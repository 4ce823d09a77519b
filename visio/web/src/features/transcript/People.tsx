import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { Avatar } from "../../design/Avatar";

/** Who was there; somebody who came twice is one person. */
export function People({ people }: { people: Meeting["participants"] }) {
  const { t } = useTranslation();
  const once = [...new Map(people.map((person) => [person.identity, person])).values()];
  return (
    <ul className="transcript-people" aria-label={t("call.people")}>
      {once.map(({ identity, name }) => (
        <li key={identity}>
          <Avatar name={name} id={identity} />
          {name}
        </li>
      ))}
    </ul>
  );
}
