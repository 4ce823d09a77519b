import { type LocalTrack, Room, RoomEvent, Track } from "livekit-client";
import { beginConnectionTest, type ConnectionTest } from "../../api/connectionTest";
import { Problem } from "../../api/request";
import { abilities, browserResult } from "./browsers";
import { testRelays } from "./relays";
import { madeTracks } from "./sources";
import { counted, type Statistics, type Way, wayOf } from "./statistics";
import { clockResult, type Heard, type Result, type Step, type Tell, wayResult } from "./steps";
import { PATIENCE, pause, Trial } from "./trial";

/** Goes through all steps but the devices', and tells how each went. Never rejects; shuts all it opened. */
export async function testNetwork(report: Tell, signal: AbortSignal): Promise<void> {
  const trial = new Trial(report, signal);
  try {
    const browser = browserResult(navigator.userAgent, abilities());
    trial.tell("browser", browser);
    const test = browser.state === "ok" ? await begin(trial) : undefined;
    if (test) {
      await testMedia(trial, test).catch(() => trial.breakOff(MEDIA));
      await testRelays(trial, test.relays);
    }
  } catch {
    // Left, or a browser that does what none should: told below, as far as anybody is still there.
  } finally {
    trial.breakOff([...MEDIA, "relay"]);
    trial.close();
  }
}

const MEDIA: readonly Step[] = ["signalling", "clock", "udp", "publish", "receive", "roundTrip", "tcp"];

async function begin(trial: Trial): Promise<ConnectionTest | undefined> {
  trial.tell("signalling", { state: "running" });
  const before = Date.now();
  try {
    const test = await beginConnectionTest();
    trial.tell("clock", clockResult(test.now, before, Date.now()));
    return test;
  } catch (error) {
    trial.tell("signalling", refused(error));
    return undefined;
  }
}

/** A server that does not want to is there: that is no fault of the line, and what follows cannot be tested. */
function refused(error: unknown): Result {
  const { code, status } = error instanceof Problem ? error : new Problem("unknown", 0);
  if (PASSING.has(code)) return { state: "warning", said: "later" };
  // What a proxy between answers has no code of ours.
  return status === 0 || code === "unknown" ? UNREACHABLE : { state: "warning", refusal: code };
}

/** What the server says while it starts anew, or has enough to do. */
const PASSING = new Set(["draining", "unavailable"]);

async function testMedia(trial: Trial, test: ConnectionTest): Promise<void> {
  const sender = newRoom(trial);
  const tracks = madeTracks(trial);
  if (!(await connected(trial, sender, test))) return;
  for (const track of tracks) await sender.localParticipant.publishTrack(track, { source: sourceOf(track) });
  const way = await trial.eventually(() => wayThrough(tracks), (seen) => seen !== undefined);
  trial.tell("udp", udpResult(way, test));
  await testPublishing(trial, tracks);
  const received = await testReceiving(trial, test.receiver);
  await testWay(trial, tracks, received);
  await testTcp(trial, sender, tracks, test);
}

async function connected(trial: Trial, sender: Room, test: ConnectionTest): Promise<boolean> {
  const { tell } = trial;
  const began = performance.now();
  let signalled = false;
  sender.once(RoomEvent.SignalConnected, () => {
    signalled = true;
    tell("signalling", { state: "ok", said: "signallingOk", values: { ms: Math.round(performance.now() - began) } });
    tell("udp", { state: "running" });
  });
  try {
    await sender.connect(address(), test.sender, { maxRetries: 0, peerConnectionTimeout: PATIENCE });
    return true;
  } catch {
    if (!signalled) tell("signalling", UNREACHABLE);
    else tell("udp", { state: "failed", said: "noWay", advice: "noWay", values: portsOf(test) });
    trial.breakOff(MEDIA);
    return false;
  }
}

function udpResult(way: Way | undefined, test: ConnectionTest): Result {
  if (way?.protocol === "udp" && !way.relayed) return { state: "ok", said: "udpOk" };
  const said = way?.relayed ? "udpRelayed" : "udpByTcp";
  return { state: "warning", said, advice: "udp", values: portsOf(test) };
}

/** What an IT department has to open. */
function portsOf({ udp_ports, tcp_port }: ConnectionTest): Record<string, string | number> {
  return { host: location.hostname, udp: udp_ports.join(", "), tcp: tcp_port ?? "–" };
}

async function testPublishing(trial: Trial, tracks: LocalTrack[]): Promise<void> {
  trial.tell("publish", { state: "running" });
  const sent = await trial.eventually(
    () => numbers(tracks, "outbound-rtp", "packetsSent"),
    (each) => each.every((packets) => packets >= ENOUGH_PACKETS),
  );
  const ok = sent.every((packets) => packets >= ENOUGH_PACKETS);
  const nothing: Result = { state: "failed", said: "publishFailed", advice: "media" };
  trial.tell("publish", ok ? { state: "ok", said: "publishOk" } : nothing);
}

/** A second connection of this page receives what the first one sends. */
async function testReceiving(trial: Trial, token: string): Promise<Track[]> {
  trial.tell("receive", { state: "running" });
  const receiver = newRoom(trial);
  const tracks: Track[] = [];
  receiver.on(RoomEvent.TrackSubscribed, (track) => tracks.push(track));
  const comes = async () => ({
    packets: sum(await numbers(tracks, "inbound-rtp", "packetsReceived", Track.Kind.Audio)),
    frames: sum(await numbers(tracks, "inbound-rtp", "framesReceived", Track.Kind.Video)),
  });
  const enough = ({ packets, frames }: Awaited<ReturnType<typeof comes>>) =>
    packets >= ENOUGH_PACKETS && frames >= ENOUGH_FRAMES;
  const ok = await receiver
    .connect(address(), token, { maxRetries: 0, peerConnectionTimeout: PATIENCE })
    .then(async () => enough(await trial.eventually(comes, enough)), () => false);
  const nothing: Result = { state: "failed", said: "receiveFailed", advice: "media" };
  trial.tell("receive", ok ? { state: "ok", said: "receiveOk" } : nothing);
  return tracks;
}

async function testWay(trial: Trial, sent: LocalTrack[], received: Track[]): Promise<void> {
  trial.tell("roundTrip", { state: "running" });
  const before = await heard(received);
  await pause(MEASURED);
  const way = await trial.eventually(() => wayThrough(sent), (seen) => seen?.roundTrip !== undefined);
  trial.tell("roundTrip", wayResult(way?.roundTrip, before, await heard(received)));
}

async function heard(tracks: Track[]): Promise<Heard> {
  return {
    received: sum(await numbers(tracks, "inbound-rtp", "packetsReceived")),
    lost: sum(await numbers(tracks, "inbound-rtp", "packetsLost")),
  };
}

/** Has the server offer this connection by TCP alone, and looks whether it comes back by it. */
async function testTcp(trial: Trial, sender: Room, tracks: LocalTrack[], test: ConnectionTest): Promise<void> {
  if (test.tcp_port === null) return trial.tell("tcp", { state: "skipped", said: "tcpNone" });
  trial.tell("tcp", { state: "running" });
  if ((await wayThrough(tracks))?.protocol !== "tcp") await sender.simulateScenario("force-tcp");
  const way = await trial.eventually(() => wayThrough(tracks), (seen) => seen?.protocol === "tcp");
  const nothing: Result = { state: "warning", said: "tcpFailed", advice: "tcp", values: portsOf(test) };
  trial.tell("tcp", way?.protocol === "tcp" ? { state: "ok", said: "tcpOk" } : nothing);
}

function newRoom(trial: Trial): Room {
  const room = new Room({ publishDefaults: { simulcast: false, dtx: false, videoCodec: "vp8" } });
  trial.closing(() => room.disconnect());
  return room;
}

async function wayThrough(tracks: Track[]): Promise<Way | undefined> {
  for (const track of tracks) {
    const way = wayOf(await statisticsOf(track));
    if (way) return way;
  }
  return undefined;
}

async function numbers(tracks: Track[], type: string, what: string, kind?: Track.Kind): Promise<number[]> {
  const asked = tracks.filter((track) => !kind || track.kind === kind);
  return Promise.all(asked.map(async (track) => counted(await statisticsOf(track), type, track.kind, what)));
}

async function statisticsOf(track: Track): Promise<Statistics> {
  const report = await track.getRTCStatsReport();
  return report ? ([...report.values()] as Record<string, unknown>[]) : [];
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function sourceOf(track: LocalTrack): Track.Source {
  return track.kind === Track.Kind.Video ? Track.Source.Camera : Track.Source.Microphone;
}

function address(): string {
  return location.origin.replace(/^http/, "ws");
}

const ENOUGH_PACKETS = 10;
const ENOUGH_FRAMES = 2;
/** Milliseconds: fewer miss what is lost now and then, more make people wait. */
const MEASURED = 4_000;
const UNREACHABLE: Result = { state: "failed", said: "signallingFailed", advice: "signalling" };
