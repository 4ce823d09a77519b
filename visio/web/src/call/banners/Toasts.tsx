import { type Participant, RoomEvent } from "livekit-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { DeviceNotice } from "../../media/DeviceNotices";
import { EffectNotice } from "../../media/effects/EffectNotice";
import { Notice } from "../../design/Notice";
import { plain } from "../../features/chat/markdown";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { isError, type ShownToast, type Toasts as ToastList } from "../state/toasts";
import "./banners.css";

/** Characters of a message that are shown, and read out, over the meeting. */
const MOST = 160;

/** Who came, who went, what was written: said and shown for a moment. */
export function Toasts({ chatIsOpen }: { chatIsOpen: boolean }) {
  const { toasts } = useCall();
  useArrivals(toasts);
  useChatToasts(toasts, chatIsOpen);
  const shown = useObservable(toasts.shown);
  return (
    <div className="toasts">
      <div role="status" className="toast-list">
        {shown.filter((toast) => !isError(toast)).map((toast) => (
          <ToastLine key={toast.id} toast={toast} />
        ))}
      </div>
      {shown.filter(isError).map((toast) => (
        <ToastError key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastLine({ toast }: { toast: ShownToast }) {
  const { t } = useTranslation();
  if (toast.kind === "joined" || toast.kind === "left" || toast.kind === "hand") {
    return <p className="toast">{t(`toasts.${toast.kind}`, { name: toast.name })}</p>;
  }
  if (toast.kind !== "chat") return null;
  return (
    <p className="toast">
      <strong>{toast.isPrivate ? t("chat.privateFrom", { name: toast.name }) : toast.name}</strong> {toast.text}
    </p>
  );
}

function ToastError({ toast }: { toast: ShownToast }) {
  const { t } = useTranslation();
  if (toast.kind === "device") return <DeviceNotice device={toast.device} problem={toast.problem} />;
  if (toast.kind === "effect") return <EffectNotice problem={toast.problem} />;
  return (
    <Notice tone="error" title={t(`toasts.${toast.kind}.title`)}>
      {t(`toasts.${toast.kind}.advice`)}
    </Notice>
  );
}

function useArrivals(toasts: ToastList): void {
  const { room } = useCall();
  useEffect(() => {
    const nameOf = (participant: Participant) => participant.name || participant.identity;
    const joined = (participant: Participant) => toasts.show({ kind: "joined", name: nameOf(participant) });
    const left = (participant: Participant) => toasts.show({ kind: "left", name: nameOf(participant) });
    room.on(RoomEvent.ParticipantConnected, joined).on(RoomEvent.ParticipantDisconnected, left);
    return () => {
      room.off(RoomEvent.ParticipantConnected, joined).off(RoomEvent.ParticipantDisconnected, left);
    };
  }, [room, toasts]);
}

/** The panel has the rest. */
function shortened(typed: string): string {
  const text = plain(typed);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

function useChatToasts(toasts: ToastList, chatIsOpen: boolean): void {
  const { chat } = useCall();
  useEffect(() => {
    if (chatIsOpen) {
      // On a phone they would lie over what one is about to write.
      toasts.drop("chat");
      return;
    }
    return chat.newest.subscribe(() => {
      const line = chat.newest.get();
      if (line) toasts.show({ kind: "chat", name: line.name, text: shortened(line.text), isPrivate: line.to !== null });
    });
  }, [chat, toasts, chatIsOpen]);
}
