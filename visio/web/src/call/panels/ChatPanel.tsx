import { MessagesSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { Emptiness } from "../../design/Emptiness";
import { formatTime } from "../../design/format";
import { Linked } from "../../design/Linked";
import { useCall } from "../state/CallContext";
import type { ChatLine } from "../state/chat";
import { useObservable } from "../state/hooks";
import { ChatForm } from "./ChatForm";
import { ScrollToEnd } from "./ScrollToEnd";
import "../../features/transcript/passage.css";

export function ChatPanel() {
  const { t } = useTranslation();
  const { chat } = useCall();
  const lines = useObservable(chat.lines);
  return (
    <>
      <ScrollToEnd count={lines.length} label={t("panels.chat")}>
        {lines.length === 0 ? (
          <Emptiness icon={<MessagesSquare />} title={t("chat.none")} text={t("chat.noneText")} />
        ) : (
          <ol className="chat-lines" aria-live="polite">
            {lines.map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </ol>
        )}
      </ScrollToEnd>
      <ChatForm />
    </>
  );
}

function Line({ line }: { line: ChatLine }) {
  const { t, i18n } = useTranslation();
  return (
    <li className="chat-line">
      <Avatar name={line.name} id={line.identity} />
      <div>
        <div className="line-head">
          <strong className="truncate">{line.mine ? t("call.you", { name: line.name }) : line.name}</strong>
          <time>{formatTime(line.sentAt, i18n.language)}</time>
        </div>
        <p>
          <Linked text={line.text} />
        </p>
      </div>
    </li>
  );
}
