import { ConnectionState, type Room, RoomEvent, type TrackPublication } from "livekit-client";

/**
 * Connects anew as soon as nothing arrives any more, as when a telephone leaves its Wi-Fi. Chromium gathers its
 * addresses once and stays with those that are gone; livekit-client would wait 15 s for an answer to its ping.
 */
export function followNetwork(room: Room): void {
  let stopFollowing = () => {};
  room.on(RoomEvent.Connected, () => {
    const arrivals = new Arrivals();
    const timer = window.setInterval(async () => {
      const total = await packetsReceived(room);
      // Where everybody is mute, nothing comes on the best of networks.
      if (!isAnybodyHeard(room)) arrivals.forget();
      if (total !== undefined) arrivals.note(total);
      // livekit-client may still be ending an earlier resume.
      if (!arrivals.stopped || room.state !== ConnectionState.Connected) return;
      arrivals.endure();
      // A resume with an ICE restart: the same participant, on the same DTLS.
      await room.simulateScenario("signal-reconnect");
    }, INTERVAL);
    // All addresses were gone for a moment, and with them most likely the way.
    const doubt = () => arrivals.doubt();
    window.addEventListener("online", doubt);
    stopFollowing = () => {
      window.clearInterval(timer);
      window.removeEventListener("online", doubt);
    };
  });
  room.on(RoomEvent.Disconnected, () => stopFollowing());
}

/** Knows when packets that came have stopped. */
export class Arrivals {
  private total = 0;
  private steady = 0;
  private silent = 0;
  /** Silent looks that make a stop: none do before packets came. */
  private patience = Number.POSITIVE_INFINITY;
  private doubts = 0;

  get stopped(): boolean {
    return this.silent >= (this.doubts ? 1 : this.patience);
  }

  /** Note how many have come by now. Another number, even a smaller one of another connection, is an arrival. */
  note(total: number): void {
    if (total === this.total && total > 0) {
      this.silent += 1;
      return;
    }
    this.steady = this.silent < SILENT ? this.steady + 1 : 1;
    if (this.steady >= STEADY) this.patience = SILENT;
    if (this.doubts) this.doubts -= 1;
    this.silent = 0;
    this.total = total;
  }

  /** The silence until now means nothing. */
  forget(): void {
    this.silent = 0;
  }

  /** One silent look is enough now, of the next two: the first may see what came before the doubt. */
  doubt(): void {
    this.doubts = 2;
    this.silent = 0;
  }

  /** The stop was acted on. If that does not help it may be the network's end: wait twice as long each time. */
  endure(): void {
    this.silent = 0;
    this.steady = 0;
    this.doubts = 0;
    this.patience = Math.min(2 * this.patience, LONGEST);
  }
}

const publications = (room: Room): TrackPublication[] =>
  [room.localParticipant, ...room.remoteParticipants.values()].flatMap((one) => one.getTrackPublications());

/** Whether a track brings packets: somebody's own, or as the server's answers to ours. */
const isAnybodyHeard = (room: Room): boolean =>
  publications(room).some(({ track, isMuted }) => track !== undefined && !isMuted);

async function packetsReceived(room: Room): Promise<number | undefined> {
  const tracks = publications(room).map(({ track }) => track);
  const report = await tracks.find((track) => track !== undefined)?.getRTCStatsReport();
  for (const stats of report?.values() ?? []) {
    if (stats.type === "transport") return stats.packetsReceived;
  }
}

/** Milliseconds between two looks. Less notices sooner and costs more time for statistics. */
const INTERVAL = 250;

/** Silent looks after which the way is given up. Opus in silence comes every 400 ms: fewer would be wrong then. */
const SILENT = 3;

/** Looks that saw packets after which the way is good. More waits longer for who moves a second time. */
const STEADY = 2;

/** Most silent looks to wait for. More asks a server in trouble less often, and finds a way that opened later. */
const LONGEST = 60;
