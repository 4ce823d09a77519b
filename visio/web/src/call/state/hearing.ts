import { type RemoteAudioTrack, type Room, RoomEvent } from "livekit-client";

/**
 * Lets voices wait for what is sent again. Chromium's jitter buffer weighs a lost packet against delay, and at a few
 * losses in a hundred it would rather invent a syllable than wait the round trip in which the server repairs it.
 */
export function waitForRepairs(room: Room): void {
  const voices = new Map<RemoteAudioTrack, Patience>();
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === "audio") voices.set(track as RemoteAudioTrack, new Patience());
  });
  room.on(RoomEvent.TrackUnsubscribed, (track) => {
    // The transceiver is used again, for another voice.
    if (voices.delete(track as RemoteAudioTrack)) wait(track.receiver, 0);
  });
  let timer: number;
  room.on(RoomEvent.Connected, () => {
    timer = window.setInterval(() => {
      for (const [track, patience] of voices) if (!track.isMuted) void look(track, patience);
    }, INTERVAL);
  });
  room.on(RoomEvent.Disconnected, () => window.clearInterval(timer));
}

/** How long a voice should wait, from how much of it had to be made up. */
export class Patience {
  /** Milliseconds that the jitter buffer shall hold at least; 0 leaves it to the browser. */
  delay = 0;
  private made = 0;
  private heard = 0;
  private calm = 0;

  /** Note how many samples were made up where there was a voice, and how many played, since the track began. */
  note(made: number, heard: number): void {
    const share = (made - this.made) / Math.max(1, heard - this.heard);
    this.made = made;
    this.heard = heard;
    this.calm = share > AUDIBLE ? 0 : this.calm + 1;
    if (share > AUDIBLE) this.delay = Math.min(this.delay + STEP, LONGEST);
    else if (this.calm >= CALM) this.delay = Math.max(0, this.delay - EASE);
  }
}

async function look(track: RemoteAudioTrack, patience: Patience): Promise<void> {
  for (const stats of (await track.getRTCStatsReport())?.values() ?? []) {
    if (stats.type !== "inbound-rtp") continue;
    patience.note(stats.concealedSamples - stats.silentConcealedSamples, stats.totalSamplesReceived);
    wait(track.receiver, patience.delay);
  }
}

/** W3C webrtc-extensions; Firefox has no such attribute, and waits as it sees fit. */
function wait(receiver: RTCRtpReceiver | undefined, delay: number): void {
  if (receiver && "jitterBufferTarget" in receiver) receiver.jitterBufferTarget = delay || null;
}

/** Milliseconds between two looks. Less reacts sooner and costs more time for statistics. */
const INTERVAL = 1000;

/** Share of a second that may be made up unnoticed: less than one packet of 20 ms. */
const AUDIBLE = 0.01;

/** Milliseconds more after a second with gaps: about what a round trip within a country takes. */
const STEP = 80;

/** Milliseconds. A repair that takes longer is not worth a conversation's pace. */
const LONGEST = 240;

/** Looks without a gap before the wait becomes shorter again. Less swings to and fro at rare losses. */
const CALM = 20;

/** Milliseconds less at each look then. */
const EASE = 5;
