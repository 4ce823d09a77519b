import { type Participant, RoomEvent, Track, type TrackPublication } from "livekit-client";
import { useTranslation } from "react-i18next";
import { usePeople, useRoomEvents } from "../state/hooks";
import { Alone } from "./Alone";
import { Captions } from "./Captions";
import { PeopleGrid } from "./PeopleGrid";
import { ScreenShare } from "./ScreenShare";
import "./Stage.css";

export interface Share {
  participant: Participant;
  publication: TrackPublication;
}

/** The middle of the call: people, or what somebody shows with the people beside it. */
export function Stage() {
  const { t } = useTranslation();
  const people = usePeople();
  const shares = useShares(people);
  return (
    <section className={shares.length > 0 ? "stage sharing" : "stage"} aria-label={t("call.stage")}>
      {shares.length > 0 && (
        <div className="shares">
          {shares.map((share) => (
            <ScreenShare key={share.publication.trackSid} share={share} />
          ))}
        </div>
      )}
      <PeopleGrid people={people} aside={shares.length > 0} />
      <div className="stage-foot">
        <Captions />
        {people.length === 1 && shares.length === 0 && <Alone />}
      </div>
    </section>
  );
}

function useShares(people: Participant[]): Share[] {
  useRoomEvents(
    RoomEvent.TrackPublished,
    RoomEvent.TrackUnpublished,
    RoomEvent.TrackSubscribed,
    RoomEvent.TrackUnsubscribed,
    RoomEvent.LocalTrackPublished,
    RoomEvent.LocalTrackUnpublished,
  );
  return people.flatMap((participant) => {
    const publication = participant.getTrackPublication(Track.Source.ScreenShare);
    return publication ? [{ participant, publication }] : [];
  });
}
