import { ConnectionQuality, type RemoteTrackPublication, type Room, RoomEvent, Track, VideoQuality } from "livekit-client";
import { keep, kept } from "../../design/kept";
import { Observable } from "./observable";
import { showStills } from "./stills";
import { Thrift, type Use, USES } from "./thrift";

/** What the person wants of the network: as much as it bears, or always this. */
export type NetworkChoice = (typeof NETWORK_CHOICES)[number];

export const NETWORK_CHOICES = ["auto", ...USES] as const;

export interface ShownUse {
  choice: NetworkChoice;
  use: Use;
}

const KEY = "visio.network";
/** Milliseconds. Nothing is decided in less than six of them. */
const INTERVAL = 1000;

/** Fetches less of what others show where the network is weak, or the person wants it so. Voices always come. */
export class NetworkUse {
  readonly shown: Observable<ShownUse>;
  private thrift = new Thrift();
  /** What was asked of publications, by how to take it back. */
  private readonly saved = new Map<RemoteTrackPublication, () => void>();

  constructor(private readonly room: Room) {
    const choice = NETWORK_CHOICES.find((known) => known === kept(KEY)) ?? "auto";
    this.shown = new Observable<ShownUse>({ choice, use: choice === "auto" ? "full" : choice });
    const apply = () => this.apply();
    room.on(RoomEvent.TrackSubscribed, apply).on(RoomEvent.TrackPublished, apply);
    room.on(RoomEvent.TrackUnpublished, (publication) => this.saved.delete(publication));
    let timer: number;
    room.on(RoomEvent.Connected, () => {
      timer = window.setInterval(() => this.look(), INTERVAL);
    });
    room.on(RoomEvent.Disconnected, () => {
      window.clearInterval(timer);
      for (const takeBack of this.saved.values()) takeBack();
      this.saved.clear();
    });
  }

  choose(choice: NetworkChoice): void {
    keep(KEY, choice);
    this.thrift = new Thrift();
    // Who wants no pictures does not send one either.
    if (choice === "audio") void this.room.localParticipant.setCameraEnabled(false);
    this.change({ choice, use: choice === "auto" ? "full" : choice });
  }

  private look(): void {
    const { choice, use } = this.shown.get();
    if (choice !== "auto") return;
    const next = this.thrift.note(isWeak(this.room), Date.now());
    if (next !== use) this.change({ choice, use: next });
  }

  private change(shown: ShownUse): void {
    for (const takeBack of this.saved.values()) takeBack();
    this.saved.clear();
    this.shown.set(shown);
    this.apply();
  }

  private apply(): void {
    const { use } = this.shown.get();
    if (use === "full") return;
    for (const { videoTrackPublications } of this.room.remoteParticipants.values()) {
      for (const publication of videoTrackPublications.values()) this.save(publication, use);
    }
  }

  private save(publication: RemoteTrackPublication, use: "saving" | "audio"): void {
    // Without its key it is not subscribed to at all.
    if (this.saved.has(publication) || publication.isEncrypted) return;
    if (use === "audio") {
      publication.setSubscribed(false);
      this.saved.set(publication, () => publication.setSubscribed(true));
    } else if (publication.track) {
      const isShare = publication.source === Track.Source.ScreenShare;
      this.saved.set(publication, isShare ? showStills(publication) : showSmall(publication));
    }
  }
}

/** The lowest layer, at the fewest frames that it has. */
function showSmall(publication: RemoteTrackPublication): () => void {
  publication.setVideoQuality(VideoQuality.LOW);
  publication.setVideoFPS(1);
  return () => {
    publication.setVideoQuality(VideoQuality.HIGH);
    publication.setVideoFPS(0);
  };
}

/** What the server measured of our way, and whether its estimate made it hold pictures back. */
function isWeak(room: Room): boolean {
  const { connectionQuality } = room.localParticipant;
  if (connectionQuality === ConnectionQuality.Poor || connectionQuality === ConnectionQuality.Lost) return true;
  return [...room.remoteParticipants.values()].some(({ videoTrackPublications }) =>
    [...videoTrackPublications.values()].some(({ track }) => track?.streamState === Track.StreamState.Paused),
  );
}
