import { type Participant, Track } from "livekit-client";
import { Mic, MicOff, Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { VideoPicture } from "../../media/VideoPicture";
import { useCall } from "../state/CallContext";
import { isHeard, useObservable, useParticipant } from "../state/hooks";
import type { Subject } from "../state/scene";
import { Face } from "./Face";

interface Props {
  subject: Subject;
  participant: Participant;
  people: Map<string, Participant>;
}

/** Who or what is in front, and who speaks. */
export function MiniaturePicture({ subject, participant, people }: Props) {
  const { t } = useTranslation();
  useParticipant(participant);
  const speaker = people.get(useObservable(useCall().view.speaker) ?? "");
  const name = participant.name || participant.identity;
  const shared = subject.kind === "share" ? participant.getTrackPublication(Track.Source.ScreenShare)?.track : undefined;
  const heard = isHeard(participant);
  const speaking = participant.isSpeaking && heard;
  return (
    <div className={speaking && !shared ? "tile speaking" : "tile"}>
      {shared ? <VideoPicture track={shared} whole /> : <Face participant={participant} name={name} size={220} />}
      <span className="tile-label">
        {!shared && (heard ? <Mic aria-hidden="true" /> : <MicOff className="muted" aria-hidden="true" />)}
        <span className="truncate">{shared ? t("share.of", { name }) : name}</span>
      </span>
      {shared && speaker && <Speaks participant={speaker} />}
    </div>
  );
}

function Speaks({ participant }: { participant: Participant }) {
  useParticipant(participant);
  if (!participant.isSpeaking) return null;
  return (
    <span className="tile-label speaks">
      <Volume2 aria-hidden="true" />
      <span className="truncate">{participant.name || participant.identity}</span>
    </span>
  );
}
