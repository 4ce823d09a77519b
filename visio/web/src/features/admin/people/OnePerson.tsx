import { ChevronLeft, ShieldCheck, UserX } from "lucide-react";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { isGone, type Person, type Proof, usePerson } from "../../../api/people";
import { Emptiness } from "../../../design/Emptiness";
import { formatDate, formatTime } from "../../../design/format";
import { Loading } from "../../../design/Loading";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { KeptData } from "./KeptData";
import { PersonAccess } from "./PersonAccess";
import { PersonEntity } from "./PersonEntity";
import { usePersonStates } from "./states";

/** One person: whether they may come in, what they may do, and what is kept of them. */
export function OnePerson() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const { data: person, error } = usePerson(id);
  const [proof, setProof] = useState<Proof>();
  return (
    <>
      <Link className="back-link" href="/admin/people">
        <ChevronLeft aria-hidden="true" />
        {t("admin.people.title")}
      </Link>
      {proof ? (
        <Erased proof={proof} />
      ) : isGone(error) ? (
        <div className="card">
          <Emptiness
            level={1}
            icon={<UserX />}
            title={t("problems.account_not_found.title")}
            text={t("admin.people.goneText")}
          />
        </div>
      ) : person ? (
        <>
          <Head person={person} />
          <ProblemNotice error={error} />
          <PersonAccess person={person} />
          <PersonEntity person={person} />
          <KeptData person={person} onErased={setProof} />
        </>
      ) : (
        <>
          <ProblemNotice error={error} />
          {!error && <Loading />}
        </>
      )}
    </>
  );
}

function Head({ person }: { person: Person }) {
  const { t, i18n } = useTranslation();
  const states = usePersonStates();
  const { name, email, created_at, seen_at } = person;
  return (
    <div className="admin-head">
      <div>
        <h1>{name || email}</h1>
        <p>{email}</p>
        <p className="soft">{states(person).join(", ")}</p>
        <p className="soft small">
          {t("admin.people.since", { day: formatDate(created_at, i18n.language) })}{" "}
          {seen_at === null
            ? t("admin.people.neverSeen")
            : t("admin.people.lastSeen", {
                day: formatDate(seen_at, i18n.language),
                time: formatTime(seen_at, i18n.language),
              })}
        </p>
      </div>
    </div>
  );
}

function Erased({ proof: { number, hash } }: { proof: Proof }) {
  const { t } = useTranslation();
  return (
    <div className="card" role="status">
      <Emptiness
        level={1}
        icon={<ShieldCheck />}
        title={t("admin.people.erased")}
        text={t("admin.people.erasedText", { number })}
      >
        <code className="small proof">{hash}</code>
      </Emptiness>
    </div>
  );
}
