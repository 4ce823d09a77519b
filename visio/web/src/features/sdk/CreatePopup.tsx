import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { usePolicy } from "../../api/policy";
import { makeRoomFor } from "../../api/sdk";
import { isUnfinished, useAccount } from "../../api/session";
import { useConfig } from "../../api/config";
import { Button } from "../../design/Button";
import { region } from "../../design/format";
import { Loading } from "../../design/Loading";
import { ProblemNotice } from "../../design/ProblemNotice";
import { CardPage } from "../../pages/CardPage";
import { signInPath } from "../account/AccountMenu";
import { acceptCallback, acceptedCallback, forgetCallback, newCallback } from "./callback";
import { type FromButton, hear, tell } from "./messages";

/** A window that a button of ours opened: there the session's cookie is sent, and one can sign in. */
export function CreatePopup() {
  const { t } = useTranslation();
  const callback = useAccepted();
  const account = useAccount();
  const config = useConfig();
  if (!callback && !window.opener) return <CardPage title={t("sdk.alone")} lead={t("sdk.aloneText")} />;
  if (!callback || account === undefined || !config) return <Loading />;
  if (account === null || isUnfinished(account)) return <Navigate to={signInPath("/sdk/create-popup")} replace />;
  return <Making callback={callback} />;
}

/** An id that a button of ours has accepted: nobody else makes rooms by opening this window. */
function useAccepted(): string | undefined {
  const [accepted, setAccepted] = useState(acceptedCallback);
  const [offered] = useState(newCallback);
  useEffect(() => {
    const opener = window.opener as Window | null;
    if (accepted || !opener) return;
    const stop = hear<FromButton>(
      () => opener,
      ({ type }) => {
        if (type !== "ACCEPTED") return;
        acceptCallback(offered);
        setAccepted(offered);
      },
    );
    tell(opener, { type: "CALLBACK_ID", callback: offered });
    return stop;
  }, [accepted, offered]);
  return accepted;
}

function Making({ callback }: { callback: string }) {
  const { t, i18n } = useTranslation();
  const { access } = usePolicy();
  const [error, setError] = useState<unknown>();
  const [done, setDone] = useState(false);
  const begun = useRef(false);
  async function make() {
    setError(undefined);
    const day = new Intl.DateTimeFormat(region(i18n.language), { dateStyle: "long" }).format(Date.now());
    try {
      const slug = await makeRoomFor(callback, t("sdk.title", { day }), access[0] ?? "restricted");
      forgetCallback();
      if (window.opener) tell(window.opener as Window, { type: "ROOM_DATA", slug });
      setDone(true);
      window.close();
    } catch (problem) {
      setError(problem);
    }
  }
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void make();
  });
  if (error) {
    return (
      <CardPage title={t("sdk.create")}>
        <ProblemNotice error={error} />
        <Button variant="primary" onPress={() => void make()}>
          {t("common.retry")}
        </Button>
      </CardPage>
    );
  }
  // Browsers let us close the window unless a sign-in at another site was in between.
  return done ? <CardPage title={t("sdk.made")} lead={t("sdk.madeText")} /> : <Loading />;
}
