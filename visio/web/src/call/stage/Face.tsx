import type { Participant } from "livekit-client";
import { Avatar } from "../../design/Avatar";
import { hueOf } from "../../design/identity";
import { VideoPicture } from "../../media/VideoPicture";
import { useCamera } from "../state/hooks";
import { OwnPicture } from "./OwnPicture";

/** Somebody's camera, or their initials. */
export function Face({ participant, name, size }: { participant: Participant; name: string; size: number }) {
  const track = useCamera(participant);
  if (track) return participant.isLocal ? <OwnPicture track={track} /> : <VideoPicture track={track} />;
  return (
    <span className={`tile-blank hue-${hueOf(name)}`} style={{ "--avatar": `${Math.round(size * 0.36)}px` }}>
      <Avatar name={name} />
    </span>
  );
}
