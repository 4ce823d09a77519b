import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useOutcome } from "../../api/outcome";
import type { Ending } from "../../call/state/ending";
import { keptToken } from "../../call/state/keptToken";
import { Button, ButtonLink } from "../../design/Button";
import { TestLink } from "../connection/TestLink";
import { isEmbedded } from "../embed/embedded";
import { Made } from "./Made";
import { NextMeeting } from "./NextMeeting";
import { Present } from "./Present";
import { Stay } from "./Stay";
import "./Ended.css";

const MAY_RETURN = new Set(["left", "connection_lost", "server_stopped", "elsewhere"]);

/** What the meeting made: how long, with whom, and where it is written down. */
export function Ended({ ending, onRejoin }: { ending: Ending; onRejoin: () => void }) {
  const { t } = useTranslation();
  const { meeting, reason, hosts } = ending;
  const outcome = useOutcome(meeting, meeting && keptToken(meeting)).data;
  return (
    <section className="card ended" aria-labelledby="ended">
      <header>
        <p className="soft">{ending.title}</p>
        <Heading reason={reason} hosts={hosts} />
      </header>
      {reason === "connection_lost" && <TestLink />}
      <dl className="ended-facts">
        <Stay ending={ending} outcome={outcome} />
        <Present ending={ending} outcome={outcome} />
      </dl>
      {!isEmbedded && <Made ending={ending} outcome={outcome} />}
      {!isEmbedded && <NextMeeting slug={ending.slug} />}
      <div className="ended-actions">
        {MAY_RETURN.has(reason) && (
          <Button variant="primary" onPress={onRejoin}>
            {t("ended.rejoin")}
          </Button>
        )}
        {!isEmbedded && (
          <ButtonLink href="/" variant={MAY_RETURN.has(reason) ? "secondary" : "primary"}>
            {t("common.backHome")}
          </ButtonLink>
        )}
      </div>
    </section>
  );
}

/** Why it is over for us. The focus lands here: what had it is gone with the meeting. */
function Heading({ reason, hosts }: { reason: string; hosts: boolean }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const words = reason === "room_closed" && hosts ? "room_closed_by_hosts" : reason;
  return (
    <>
      <h1 id="ended" ref={heading} tabIndex={-1}>
        {reason === "left" ? t("ended.title") : t(`endings.${words}.title`)}
      </h1>
      {reason !== "left" && <p>{t(`endings.${words}.advice`)}</p>}
    </>
  );
}
