import { useTranslation } from "react-i18next";
import { readKeptFile, useKeptMessages } from "../../api/chat";
import { keptToken } from "../../call/state/keptToken";
import { ProblemNotice } from "../../design/ProblemNotice";
import { MessageLine } from "./MessageLine";

/** What a room keeps of a meeting's chat, to those who were there; nothing where it keeps nothing. */
export function MeetingChat({ meeting }: { meeting: string }) {
  const { t } = useTranslation();
  const { data = [], error } = useKeptMessages(meeting, keptToken(meeting));
  if (data.length === 0) return <ProblemNotice error={error} />;
  return (
    <section aria-labelledby="kept-chat">
      <div className="section-head">
        <h2 id="kept-chat">{t("chat.keptTitle")}</h2>
      </div>
      <ol className="chat-lines card kept-chat">
        {data.map((message) => (
          <MessageLine
            key={message.id}
            message={message}
            onTake={() => readKeptFile(meeting, keptToken(meeting), message.id)}
          />
        ))}
      </ol>
    </section>
  );
}
