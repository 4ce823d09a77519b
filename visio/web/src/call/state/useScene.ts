import { type Participant, RoomEvent, Track } from "livekit-client";
import { useRef } from "react";
import { useCall } from "./CallContext";
import { useObservable, usePeople, useRoomEvents, useRoomState } from "./hooks";
import { keyOf, type Scene, type Subject } from "./scene";
import { layoutChoice, selfView } from "./view";

/** What is on the stage now, and who is meant by its identities. */
export function useScene(): { scene: Scene; people: Map<string, Participant> } {
  const { view } = useCall();
  const people = usePeople();
  const sharers = useSharers(people);
  const hidden = useObservable(selfView) === "hidden";
  const subject = (kind: Subject["kind"], { identity, isLocal: mine }: Participant): Subject => ({
    key: keyOf(kind, identity),
    kind,
    identity,
    mine,
  });
  const scene = {
    subjects: [
      ...sharers.map((sharer) => subject("share", sharer)),
      ...people.filter(({ isLocal }) => !(isLocal && hidden)).map((person) => subject("person", person)),
    ],
    choice: useObservable(layoutChoice),
    pinned: useObservable(view.pinned),
    spotlight: useRoomState().spotlight,
    speaker: useObservable(view.speaker),
    alone: useObservable(view.full),
  };
  return { scene, people: new Map(people.map((person) => [person.identity, person])) };
}

/** Who shows something, in the order in which we came to know. */
function useSharers(people: Participant[]): Participant[] {
  useRoomEvents(
    RoomEvent.TrackPublished,
    RoomEvent.TrackUnpublished,
    RoomEvent.LocalTrackPublished,
    RoomEvent.LocalTrackUnpublished,
  );
  const known = useRef<string[]>([]);
  const sharing = people.filter((person) => person.getTrackPublication(Track.Source.ScreenShare));
  const identities = sharing.map(({ identity }) => identity);
  known.current = [...new Set([...known.current.filter((one) => identities.includes(one)), ...identities])];
  return known.current.flatMap((identity) => sharing.find((person) => person.identity === identity) ?? []);
}
