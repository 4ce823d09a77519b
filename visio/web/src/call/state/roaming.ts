import { ConnectionState, type Room, RoomEvent, type TrackPublication } from "livekit-client";

/**
 * Connects anew as soon as nothing arrives any more, as when a telephone leaves its Wi-Fi. Chromium gathers its
 * addresses once and stays with those that are gone; livekit-client would wait 15 s for an answer to its ping.
 */
export function followNetwork(room: Room): void {
  let timer = 0;
  room.on(RoomEvent.Connected, () => {
    const arrivals = new Arrivals();
    timer = window.setInterval(async () => {
      const total = await packetsReceived(room);
      if (total !== undefined) arrivals.note(total);
      // Where everybody is mute, nothing comes on the best of networks.
      if (!isAnybodyHeard(room)) arrivals.forget();
      // livekit-client may still be ending an earlier resume.
      if (!arrivals.stopped || room.state !== ConnectionState.Connected) return;
      arrivals.forget();
      // A resume with an ICE restart: the same participant, on the same DTLS.
      await room.simulateScenario("signal-reconnect");
    }, INTERVAL);
  });
  room.on(RoomEvent.Disconnected, () => window.clearInterval(timer));
}

/** Knows when packets that came steadily have stopped. */
export class Arrivals {
  private total = 0;
  private steady = 0;
  private silent = 0;

  get stopped(): boolean {
    return this.steady >= STEADY && this.silent >= SILENT;
  }

  /** Note how many have come by now. Another number, even a smaller one of another connection, is an arrival. */
  note(total: number): void {
    if (total === this.total) {
      this.silent += 1;
    } else {
      this.steady = this.silent < SILENT ? this.steady + 1 : 1;
      this.silent = 0;
    }
    this.total = total;
  }

  /** Silence means nothing until packets come steadily again. */
  forget(): void {
    this.steady = 0;
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

/** Looks that saw packets before silence means anything, and before it is acted on again: it may be the network's end. */
const STEADY = 2;
