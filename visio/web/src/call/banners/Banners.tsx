import { ConnectionState, RoomEvent } from "livekit-client";
import { Volume2, WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { useCall } from "../state/CallContext";
import { useRoomEvents } from "../state/hooks";
import { HandNotice } from "../hands/HandNotice";
import { LobbyNotice } from "./LobbyNotice";
import { NetworkBanner } from "./NetworkBanner";
import "./banners.css";

/** What keeps people from one another, as long as it lasts. */
export function Banners({ peopleAreShown, onShowPeople }: { peopleAreShown: boolean; onShowPeople: () => void }) {
  return (
    <div className="banners">
      <div role="alert">
        <ReconnectingBanner />
      </div>
      <LobbyNotice isListed={peopleAreShown} onShow={onShowPeople} />
      <HandNotice />
      <NetworkBanner />
      <PlaybackBanner />
    </div>
  );
}

function ReconnectingBanner() {
  const { t } = useTranslation();
  const { room } = useCall();
  useRoomEvents(RoomEvent.ConnectionStateChanged);
  const lost = room.state === ConnectionState.Reconnecting || room.state === ConnectionState.SignalReconnecting;
  if (!lost) return null;
  return (
    <p className="banner warning">
      <WifiOff aria-hidden="true" />
      <span>{t("call.reconnecting")}</span>
    </p>
  );
}

/** Browsers let no page speak before it has been clicked. */
function PlaybackBanner() {
  const { t } = useTranslation();
  const { room } = useCall();
  useRoomEvents(RoomEvent.AudioPlaybackStatusChanged);
  if (room.canPlaybackAudio) return null;
  return (
    <div className="banner">
      <Volume2 aria-hidden="true" />
      <span>{t("call.silent")}</span>
      <Button size="small" variant="primary" onPress={() => void room.startAudio()}>
        {t("call.hear")}
      </Button>
    </div>
  );
}
