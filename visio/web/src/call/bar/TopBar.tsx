import { ConnectionQuality } from "livekit-client";
import { Lock } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatTime } from "../../design/format";
import { useCall } from "../state/CallContext";
import { marked } from "../signals/kinds";
import { useEncrypted, useObservable, useParticipant, useRoomState } from "../state/hooks";
import { useWaiting } from "../state/useLobby";
import { ViewMenu } from "./ViewMenu";

/** What meeting this is, what time it is, whether it is written down, how good the network is. */
export function TopBar() {
  const { t } = useTranslation();
  const { slug } = useCall();
  const { title, transcription, settings } = useRoomState();
  const encrypted = useEncrypted();
  useTabTitle(title || slug);
  return (
    <header className="top-bar">
      <h1 className="truncate">{title || slug}</h1>
      <Clock />
      <div className="top-bar-end">
        <div role="status">
          {settings.locked && (
            <p className="lock-mark">
              <Lock aria-hidden="true" />
              <strong>{t("call.locked")}</strong>
            </p>
          )}
          {transcription === "on" && (
            <p className="pill">
              <strong>{t("transcript.pill")}</strong>
              <span>{t(encrypted.length === 0 ? "transcript.banner" : "transcript.encrypted.title")}</span>
            </p>
          )}
        </div>
        <Network />
        <ViewMenu />
      </div>
    </header>
  );
}

/** With how many messages and people wait, for who looks at another tab. */
function useTabTitle(title: string): void {
  const waiting = useObservable(useCall().chat.unread).length + useWaiting().waiting.length;
  useEffect(() => {
    document.title = marked(title, waiting);
    return () => {
      document.title = title;
    };
  }, [title, waiting]);
}

function Clock() {
  const { i18n } = useTranslation();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 5_000);
    return () => clearInterval(timer);
  }, []);
  return <span className="clock small">{formatTime(now, i18n.language)}</span>;
}

function Network() {
  const { t } = useTranslation();
  const { room } = useCall();
  useParticipant(room.localParticipant);
  const quality = room.localParticipant.connectionQuality;
  const known = quality === ConnectionQuality.Unknown ? ConnectionQuality.Excellent : quality;
  return (
    <span className={`network ${known}`} role="img" aria-label={t(`network.${known}`)} title={t(`network.${known}`)}>
      <i />
      <i />
      <i />
    </span>
  );
}
