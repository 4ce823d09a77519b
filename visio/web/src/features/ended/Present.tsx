import { Users } from "lucide-react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Outcome } from "../../api/outcome";
import type { Ending } from "../../call/state/ending";
import { Avatar } from "../../design/Avatar";
import { isEmbedded } from "../embed/embedded";

/** So many are named; of a larger meeting the rest are on its own page. */
const MOST = 12;

/** Who was there: as the server knows it, and until it answers as we saw it. */
export function Present({ ending, outcome }: { ending: Ending; outcome: Outcome | undefined }) {
  const { t } = useTranslation();
  const people = outcome ? outcome.people : ending.people;
  return (
    <div>
      <dt>
        <Users aria-hidden="true" />
        {t("ended.people", { count: people.length })}
      </dt>
      <dd>
        <ul className="ended-people">
          {people.slice(0, MOST).map((name, place) => (
            <li key={place}>
              <Avatar name={name} />
              <span>{name}</span>
            </li>
          ))}
          {people.length > MOST && <li className="soft">{t("ended.others", { count: people.length - MOST })}</li>}
        </ul>
        {outcome && ending.meeting && !isEmbedded && (
          <Link className="small" href={`/meetings/${ending.meeting}`}>
            {t("ended.attendance")}
          </Link>
        )}
      </dd>
    </div>
  );
}
