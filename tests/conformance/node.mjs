// @livekit/rtc-node, told what to do by lines of JSON, [number, verb, arguments]; answers are lines
// that begin with @, [number, result, error].

import { createInterface } from "node:readline";

import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  RpcError,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoCodec,
  VideoFrame,
  VideoSource,
  VideoStream,
  dispose,
} from "@livekit/rtc-node";

import { makeCaller } from "./caller.mjs";

const RATE = 48_000;
const [WIDTH, HEIGHT] = [320, 180];
const playing = new Set();

const platform = {
  RoomEvent,
  RpcError,
  room: () => new Room(),
  connect: (room, url, token, { autoSubscribe = true }) =>
    room.connect(url, token, { autoSubscribe, dynacast: true }),
  sid: (publication) => publication.sid,
  kind: (track) => (track.kind === TrackKind.KIND_AUDIO ? "audio" : "video"),
  async speak(room) {
    const source = new AudioSource(RATE, 1);
    const track = LocalAudioTrack.createAudioTrack("voice", source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    const publication = await room.localParticipant.publishTrack(track, options);
    play(() => source.captureFrame(tone(880)));
    return publication;
  },
  async film(room) {
    const source = new VideoSource(WIDTH, HEIGHT);
    const track = LocalVideoTrack.createVideoTrack("picture", source);
    const options = new TrackPublishOptions({
      source: TrackSource.SOURCE_CAMERA,
      videoCodec: VideoCodec.VP8,
      simulcast: false,
    });
    const publication = await room.localParticipant.publishTrack(track, options);
    const pixels = new Uint8Array(WIDTH * HEIGHT * 4).fill(120);
    play(async () => {
      source.captureFrame(new VideoFrame(pixels, WIDTH, HEIGHT, VideoBufferType.RGBA));
      await new Promise((resolve) => setTimeout(resolve, 66));
    });
    return publication;
  },
  unpublish: (room, sid) => room.localParticipant.unpublishTrack(sid),
  async flows(track) {
    const audio = platform.kind(track) === "audio";
    const stream = audio ? new AudioStream(track, RATE, 1) : new VideoStream(track);
    const reader = stream.getReader();
    for (let seen = 0; seen < 5; ) {
      const { value } = await reader.read();
      if (!audio || value.data.some((sample) => Math.abs(sample) > 1000)) seen += 1;
    }
    reader.releaseLock();
    await stream.cancel();
    return true;
  },
  dataOptions: ({ to = [], reliable = true, topic }) => ({
    reliable,
    destination_identities: to,
    topic,
  }),
  rename: (room, name) => room.localParticipant.updateName(name),
  describe: (room, metadata) => room.localParticipant.updateMetadata(metadata),
};

function play(step) {
  const going = { on: true };
  playing.add(going);
  (async () => {
    while (going.on) await step();
  })();
}

function tone(hertz) {
  const samples = new Int16Array(RATE / 100);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = 8000 * Math.sin((2 * Math.PI * hertz * i) / RATE);
  }
  return new AudioFrame(samples, RATE, 1, samples.length);
}

function answer(number, result, error) {
  const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
  process.stdout.write(`@${JSON.stringify([number, result ?? null, error], plain)}\n`);
}

const caller = makeCaller(platform);
for await (const line of createInterface({ input: process.stdin })) {
  const [number, verb, told] = JSON.parse(line);
  Promise.resolve()
    .then(() => caller(verb, ...told))
    .then(
      (result) => answer(number, result, null),
      (error) => answer(number, null, String(error)),
    );
}
for (const going of playing) going.on = false;
await dispose();
process.exit(0);
