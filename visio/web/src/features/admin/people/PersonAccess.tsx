import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Person,
  useChangePerson,
  useEndSessions,
  useMailLink,
  useRemoveFactor,
} from "../../../api/people";
import { useAccount, useRefreshAccount } from "../../../api/session";
import { Button } from "../../../design/Button";
import { Confirmation } from "../../../design/Confirmation";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";

type Act = "invitation" | "reset" | "promote" | "demote" | "sign_out" | "factor" | "disable" | "enable";

/** What an administrator may do with the account; what is not offered would be refused. */
export function PersonAccess({ person }: { person: Person }) {
  const { t } = useTranslation();
  const own = useAccount()?.id === person.id;
  const refresh = useRefreshAccount();
  const { run, reset, done, error, isBusy } = useActs(person.id);
  const [asked, setAsked] = useState<Act>();
  function choose(act: Act) {
    reset();
    if (AT_ONCE.includes(act)) run(act);
    else setAsked(act);
  }
  return (
    <section className="card padded" aria-labelledby="access">
      <h2 id="access">{t("admin.people.access")}</h2>
      {own && <p className="soft">{t("admin.people.own")}</p>}
      {!asked && <ProblemNotice error={error} />}
      {done && <Notice tone="success">{t(`admin.people.acts.${done}.done`, { name: person.name })}</Notice>}
      <div className="people-acts">
        {offered(person, own).map((act) => (
          <Button
            key={act}
            variant={act === "disable" ? "danger" : "secondary"}
            isBusy={isBusy && !asked && AT_ONCE.includes(act)}
            onPress={() => choose(act)}
          >
            {t(`admin.people.acts.${act}.action`)}
          </Button>
        ))}
      </div>
      {asked && (
        <Confirmation
          title={t(`admin.people.acts.${asked}.title`, { name: person.name })}
          text={t(`admin.people.acts.${asked}.text`)}
          action={t(`admin.people.acts.${asked}.action`)}
          error={error}
          isBusy={isBusy}
          onConfirm={() =>
            run(asked, () => {
              setAsked(undefined);
              if (own) void refresh();
            })
          }
          onClose={() => {
            reset();
            setAsked(undefined);
          }}
        />
      )}
    </section>
  );
}

function offered(person: Person, own: boolean): Act[] {
  const acts: [Act, boolean][] = [
    ["invitation", person.invited && !person.disabled],
    ["reset", !person.invited && !person.provided && !person.disabled],
    ["promote", !person.administrator],
    ["demote", person.administrator],
    ["sign_out", person.seen_at !== null],
    ["factor", person.second_factor && !own],
    ["disable", !person.disabled && !own],
    ["enable", person.disabled],
  ];
  return acts.filter(([, may]) => may).map(([act]) => act);
}

function useActs(id: string) {
  const { i18n } = useTranslation();
  const [done, setDone] = useState<Act>();
  const [change, mail] = [useChangePerson(id), useMailLink(id)];
  const [endSessions, removeFactor] = [useEndSessions(id), useRemoveFactor(id)];
  const all = [change, mail, endSessions, removeFactor];
  function run(act: Act, onSuccess?: () => void) {
    const then = {
      onSuccess: () => {
        setDone(act);
        onSuccess?.();
      },
    };
    const language = i18n.language === "en" ? "en" : "fr";
    if (act === "invitation" || act === "reset") mail.mutate({ kind: act, language }, then);
    else if (act === "promote" || act === "demote") change.mutate({ administrator: act === "promote" }, then);
    else if (act === "disable" || act === "enable") change.mutate({ disabled: act === "disable" }, then);
    else if (act === "sign_out") endSessions.mutate(undefined, then);
    else removeFactor.mutate(undefined, then);
  }
  function reset() {
    setDone(undefined);
    for (const one of all) one.reset();
  }
  return {
    run,
    reset,
    done,
    error: all.map(({ error }) => error).find(Boolean),
    isBusy: all.some(({ isPending }) => isPending),
  };
}

/** Others are asked about first: somebody is put out, or may do more or less. */
const AT_ONCE: Act[] = ["invitation", "reset", "enable"];
