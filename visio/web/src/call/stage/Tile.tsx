import { ConnectionQuality, type Participant } from "livekit-client";
import { Mic, MicOff, Pin, Star, Users } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { HandMark } from "../hands/HandMark";
import { ReactionMark } from "../reactions/ReactionMark";
import { isHeard, usePerson } from "../state/hooks";
import type { Rect } from "../state/layout";
import { Face } from "./Face";
import { TileTools } from "./TileTools";
import type { Marks } from "./useTileActions";

export interface TileProps extends Rect, Marks {
  participant: Participant;
}

/** Somebody on the stage. */
export const Tile = memo(function Tile({ participant, isPinned, isSpotlit, ...rect }: TileProps) {
  const { t } = useTranslation();
  const { sharedMicrophone } = usePerson(participant);
  const { isLocal, isSpeaking, identity } = participant;
  const name = participant.name || identity;
  const heard = isHeard(participant);
  const badly = isBad(participant.connectionQuality);
  const facts = [
    t(heard ? "call.micOn" : "call.micOff"),
    sharedMicrophone && t("call.shared"),
    isPinned && t("stage.pinned"),
    isSpotlit && t("stage.spotlit"),
    badly && t("stage.badly"),
  ].filter(Boolean);
  const classes = ["tile", isSpeaking && heard && "speaking", isLocal && "mine"].filter(Boolean).join(" ");
  return (
    <li className={classes} style={rect} data-identity={identity}>
      <Face participant={participant} name={name} size={Math.min(rect.width, rect.height)} />
      <HandMark participant={participant} />
      <ReactionMark identity={identity} />
      <span className="tile-label">
        {heard ? <Mic aria-hidden="true" /> : <MicOff className="muted" aria-hidden="true" />}
        <span className="truncate">{isLocal ? t("call.you", { name }) : name}</span>
        {sharedMicrophone && <Users aria-hidden="true" />}
        {isPinned && <Pin aria-hidden="true" />}
        {isSpotlit && <Star aria-hidden="true" />}
        {badly && <Bars />}
        <span className="visually-hidden">{facts.join(", ")}</span>
      </span>
      <TileTools participant={participant} kind="person" name={name} isPinned={isPinned} isSpotlit={isSpotlit} />
    </li>
  );
});

function Bars() {
  return (
    <span className="network poor" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

/** Whether the others hear or see somebody badly. */
function isBad(quality: ConnectionQuality): boolean {
  return quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost;
}
