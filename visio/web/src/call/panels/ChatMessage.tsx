import { EllipsisVertical, LockKeyhole, Reply, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { MessageLine } from "../../features/chat/MessageLine";
import { mayDirect, mayWrite } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { type ChatLine, isOurs } from "../state/chat";
import { usePeople, usePerson, useRoomState } from "../state/hooks";

/** A message, with what one may do about it. */
export function ChatMessage({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const { chat } = useCall();
  const take = isOurs(line) ? undefined : () => chat.take(line.id);
  return (
    <MessageLine message={line} onTake={take} actions={!isOurs(line) && <Actions line={line} />}>
      {line.sending && <p className="small soft">{t("chat.sending")}</p>}
      {line.failure !== undefined && <Failure line={line} failure={line.failure} />}
    </MessageLine>
  );
}

/** Moves the focus on to the field, as what had it is about to vanish, or gets it back from a closing menu. */
function leave(act: () => void) {
  act();
  setTimeout(() => document.getElementById("chat-message")?.focus());
}

function Failure({ line, failure }: { line: ChatLine; failure: string }) {
  const { t } = useTranslation();
  const { chat } = useCall();
  return (
    <div className="chat-failure">
      <p role="alert">{t(`chat.failed.${failure}`, { defaultValue: t("chat.failed.other") })}</p>
      <Button size="small" onPress={() => leave(() => void chat.retry(line))}>
        {t("chat.retry")}
      </Button>
      <Button size="small" variant="quiet" onPress={() => leave(() => chat.discard(line.id))}>
        {t("chat.discard")}
      </Button>
    </div>
  );
}

function Actions({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const { room, chat, toasts } = useCall();
  const { role } = usePerson(room.localParticipant);
  const { settings } = useRoomState();
  const there = usePeople().some(({ identity, isLocal }) => identity === line.identity && !isLocal);
  const replies = there && mayWrite(settings, role);
  const removes = line.mine || mayDirect(role);
  if (!replies && !removes) return null;
  function act(key: string) {
    leave(() => {
      if (key === "delete") chat.remove(line.id).catch(() => toasts.show({ kind: "refused" }));
      else chat.draft.set({ ...chat.draft.get(), to: { identity: line.identity, name: line.name } });
    });
  }
  return (
    <MenuTrigger>
      <IconButton label={t("chat.actions", { name: line.name })} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={t("chat.actions", { name: line.name })} onAction={(key) => act(String(key))}>
          {replies && (
            <MenuItem id="reply" className="item">
              {line.to ? <LockKeyhole aria-hidden="true" /> : <Reply aria-hidden="true" />}
              {t("chat.reply")}
            </MenuItem>
          )}
          {removes && (
            <MenuItem id="delete" className="item destructive">
              <Trash2 aria-hidden="true" />
              {t("chat.delete")}
            </MenuItem>
          )}
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}
