import { MessagesSquare } from "lucide-react";
import { Fragment, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { Notice } from "../../design/Notice";
import { plain } from "../../features/chat/markdown";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { ChatForm } from "./ChatForm";
import { ChatMessage } from "./ChatMessage";
import { ScrollToEnd } from "./ScrollToEnd";

export function ChatPanel() {
  const { t } = useTranslation();
  const { chat } = useCall();
  const lines = useObservable(chat.lines);
  const mark = useObservable(chat.mark);
  const failures = lines.filter(({ failure }) => failure !== undefined).length;
  useEffect(() => {
    chat.setOpen(true);
    return () => chat.setOpen(false);
  }, [chat]);
  return (
    <>
      <ScrollToEnd count={lines.length + failures} label={t("panels.chat")}>
        <Earlier />
        {lines.length === 0 ? (
          <Emptiness icon={<MessagesSquare />} title={t("chat.none")} text={t("chat.noneText")} />
        ) : (
          <ol className="chat-lines">
            {lines.map((line) => (
              <Fragment key={line.id}>
                {line.id === mark && <li className="chat-mark">{t("chat.new")}</li>}
                <ChatMessage line={line} />
              </Fragment>
            ))}
          </ol>
        )}
      </ScrollToEnd>
      <Arrival />
      <ChatForm />
    </>
  );
}

/** What comes last is read out, once; the list itself would read out all that is loaded into it. */
function Arrival() {
  const { t } = useTranslation();
  const line = useObservable(useCall().chat.newest);
  const name = line?.to ? t("chat.privateFrom", { name: line.name }) : line?.name;
  return (
    <p role="status" className="visually-hidden">
      {line && t("chat.arrived", { name, text: plain(line.text) })}
    </p>
  );
}

function Earlier() {
  const { t } = useTranslation();
  const { chat } = useCall();
  const earlier = useObservable(chat.earlier);
  const incomplete = useObservable(chat.incomplete);
  if (incomplete) {
    return (
      <Notice tone="warning" title={t("chat.incomplete")}>
        <Button size="small" onPress={() => void (earlier === null ? chat.load() : chat.loadEarlier())}>
          {t("chat.again")}
        </Button>
      </Notice>
    );
  }
  if (earlier === null) return null;
  return (
    <Button size="small" variant="quiet" className="chat-earlier" onPress={() => void chat.loadEarlier()}>
      {t("chat.earlier")}
    </Button>
  );
}
