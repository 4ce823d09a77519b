import { ConnectionQuality, type Participant } from "livekit-client";
import { Mic, MicOff, SignalLow, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { hueOf } from "../../design/identity";
import { VideoPicture } from "../../media/VideoPicture";
import { isHeard, useCamera, usePerson } from "../state/hooks";
import type { Rect } from "../state/layout";
import { OwnPicture } from "./OwnPicture";

interface Props {
  participant: Participant;
  rect: Rect;
}

export function Tile({ participant, rect }: Props) {
  const { t } = useTranslation();
  const { sharedMicrophone } = usePerson(participant);
  const name = participant.name || participant.identity;
  const heard = isHeard(participant);
  const speaking = participant.isSpeaking && heard;
  const badly = isBad(participant.connectionQuality);
  return (
    <li className={speaking ? "tile speaking" : "tile"} style={{ ...rect }} data-identity={participant.identity}>
      <Face participant={participant} name={name} size={Math.min(rect.width, rect.height)} />
      <span className="tile-label">
        {heard ? <Mic aria-hidden="true" /> : <MicOff className="muted" aria-hidden="true" />}
        <span className="truncate">{participant.isLocal ? t("call.you", { name }) : name}</span>
        {sharedMicrophone && <Users aria-hidden="true" />}
        {badly && <SignalLow className="badly" aria-hidden="true" />}
        <span className="visually-hidden">
          {t(heard ? "call.micOn" : "call.micOff")}
          {sharedMicrophone && `, ${t("call.shared")}`}
          {badly && `, ${t("stage.badly")}`}
        </span>
      </span>
    </li>
  );
}

/** Whether the others hear or see somebody badly. */
function isBad(quality: ConnectionQuality): boolean {
  return quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost;
}

function Face({ participant, name, size }: { participant: Participant; name: string; size: number }) {
  const track = useCamera(participant);
  if (track) return participant.isLocal ? <OwnPicture track={track} /> : <VideoPicture track={track} />;
  return (
    <span className={`tile-blank hue-${hueOf(participant.identity)}`} style={{ "--avatar": `${Math.round(size * 0.36)}px` }}>
      <Avatar name={name} id={participant.identity} />
    </span>
  );
}
