import { Captions, ListChecks, MessagesSquare } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Outcome } from "../../api/outcome";
import type { Ending } from "../../call/state/ending";

/** Where the meeting is written down, and what of it is still being written. */
export function Made({ ending, outcome }: { ending: Ending; outcome: Outcome | undefined }) {
  const { t } = useTranslation();
  const { transcript, minutes, messages, files } = outcome ?? NOTHING;
  const chat = messages > 0 || ending.chatKept;
  // What was switched on has a page, if an empty one.
  const transcribed = transcript !== "none" || ending.transcribed;
  if (!ending.meeting) return null;
  if (!transcribed && minutes === "none" && !chat) {
    return outcome && outcome.ended_at !== null ? <p className="small soft">{t("ended.nothing")}</p> : null;
  }
  const path = `/meetings/${ending.meeting}`;
  return (
    <section className="ended-made" aria-labelledby="made">
      <h2 id="made">{t("ended.made")}</h2>
      <ul role="list">
        {transcribed && (
          <Item path={path} icon={<Captions />} title={t("ended.transcript")}>
            {t(`ended.transcriptState.${transcript}`)}
          </Item>
        )}
        {minutes !== "none" && (
          <Item path={path} icon={<ListChecks />} title={t("ended.minutes")}>
            {t(`ended.minutesState.${minutes}`)}
          </Item>
        )}
        {chat && (
          <Item path={path} icon={<MessagesSquare />} title={t("ended.chat")}>
            {[messages > 0 && t("ended.messages", { count: messages }), files > 0 && t("ended.files", { count: files })]
              .filter(Boolean)
              .join(", ")}
          </Item>
        )}
      </ul>
    </section>
  );
}

interface ItemProps {
  path: string;
  icon: ReactNode;
  title: string;
  children: ReactNode;
}

function Item({ path, icon, title, children }: ItemProps) {
  return (
    <li>
      <span aria-hidden="true">{icon}</span>
      <div>
        <Link href={path}>{title}</Link>
        <p className="small soft" role="status">
          {children}
        </p>
      </div>
    </li>
  );
}

const NOTHING = { transcript: "none", minutes: "none", messages: 0, files: 0 } as const;
