import { Captions, Clock3, MessagesSquare, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Ending } from "../../call/state/usePresence";
import { Avatar } from "../../design/Avatar";
import { Button, ButtonLink } from "../../design/Button";
import { formatDuration } from "../../design/format";
import { Notice } from "../../design/Notice";
import { TestLink } from "../connection/TestLink";
import { isEmbedded } from "../embed/embedded";
import "./Ended.css";

const MAY_RETURN = new Set(["left", "connection_lost", "server_stopped", "elsewhere"]);

/** What the meeting made: how long, with whom, and where it is written down. */
export function Ended({ ending, onRejoin }: { ending: Ending; onRejoin: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="card ended">
      <header>
        <p className="soft">{ending.title}</p>
        <h1>{t("ended.title")}</h1>
      </header>
      {ending.reason !== "left" && (
        <Notice tone="warning" title={t(`endings.${ending.reason}.title`)}>
          {t(`endings.${ending.reason}.advice`)}
        </Notice>
      )}
      {ending.reason === "connection_lost" && <TestLink />}
      <dl className="ended-facts">
        <div>
          <dt>
            <Clock3 aria-hidden="true" />
            {t("ended.duration")}
          </dt>
          <dd>{formatDuration(ending.duration, t)}</dd>
        </div>
        <div>
          <dt>
            <Users aria-hidden="true" />
            {t("ended.people", { count: ending.people.length })}
          </dt>
          <dd>
            <ul>
              {ending.people.map(({ identity, name }) => (
                <li key={identity}>
                  <Avatar name={name} id={identity} />
                  {name}
                </li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
      {(ending.transcribed || ending.chatKept) && ending.meeting && !isEmbedded && (
        <ButtonLink href={`/meetings/${ending.meeting}`} variant="soft" size="large" wide>
          {ending.transcribed ? <Captions aria-hidden="true" /> : <MessagesSquare aria-hidden="true" />}
          {t(ending.transcribed ? "ended.transcript" : "ended.chat")}
        </ButtonLink>
      )}
      <div className="ended-actions">
        {MAY_RETURN.has(ending.reason) && <Button onPress={onRejoin}>{t("ended.rejoin")}</Button>}
        {!isEmbedded && (
          <ButtonLink href="/" variant="primary">
            {t("common.backHome")}
          </ButtonLink>
        )}
      </div>
    </section>
  );
}
