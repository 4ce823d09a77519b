import type { Participant } from "livekit-client";
import { Mic, MicOff, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { hueOf } from "../../design/identity";
import { VideoPicture } from "../../media/VideoPicture";
import { isHeard, useCamera, usePerson } from "../state/hooks";
import { HandMark } from "../hands/HandMark";
import { ReactionMark } from "../reactions/ReactionMark";
import { OwnPicture } from "./OwnPicture";

interface Props {
  participant: Participant;
  width: number;
  height: number;
}

export function Tile({ participant, width, height }: Props) {
  const { t } = useTranslation();
  const { sharedMicrophone } = usePerson(participant);
  const name = participant.name || participant.identity;
  const heard = isHeard(participant);
  const speaking = participant.isSpeaking && heard;
  return (
    <li className={speaking ? "tile speaking" : "tile"} style={{ width, height }} data-identity={participant.identity}>
      <Face participant={participant} name={name} size={Math.min(width, height)} />
      <HandMark participant={participant} />
      <ReactionMark identity={participant.identity} />
      <span className="tile-label">
        {heard ? <Mic aria-hidden="true" /> : <MicOff className="muted" aria-hidden="true" />}
        <span className="truncate">{participant.isLocal ? t("call.you", { name }) : name}</span>
        {sharedMicrophone && <Users aria-hidden="true" />}
        <span className="visually-hidden">
          {t(heard ? "call.micOn" : "call.micOff")}
          {sharedMicrophone && `, ${t("call.shared")}`}
        </span>
      </span>
    </li>
  );
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
