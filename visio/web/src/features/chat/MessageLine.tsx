import { LockKeyhole } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../api/chat";
import { Avatar } from "../../design/Avatar";
import { formatTime } from "../../design/format";
import { Formatted } from "./Formatted";
import { GivenFile } from "./GivenFile";
import "../transcript/passage.css";
import "./MessageLine.css";

interface Props {
  message: Message;
  /** Fetches the file that the message brings along. */
  onTake?: () => Promise<Blob>;
  actions?: ReactNode;
  children?: ReactNode;
}

/** Who wrote what, when, and whether to one person alone. */
export function MessageLine({ message, onTake, actions, children }: Props) {
  const { t, i18n } = useTranslation();
  const { name, mine, to, text, file, sent_at } = message;
  return (
    <li className={`chat-line ${to ? "private" : ""}`}>
      <Avatar name={name} />
      <div>
        <div className="line-head">
          <strong className="truncate">{mine ? t("call.you", { name }) : name}</strong>
          <time>{formatTime(sent_at, i18n.language)}</time>
        </div>
        {to && (
          <p className="chat-private">
            <LockKeyhole aria-hidden="true" />
            {t("chat.privateTo", { name: to.name })}
          </p>
        )}
        {file ? <GivenFile file={file} onTake={onTake} /> : <Formatted text={text} />}
        {children}
      </div>
      {actions}
    </li>
  );
}
