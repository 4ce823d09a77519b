// livekit-client in a browser, whose camera and microphone are a canvas and a tone.

import { makeCaller } from "./caller.mjs";

const { Room, RoomEvent, RpcError } = LivekitClient;

const platform = {
  RoomEvent,
  RpcError,
  room: ({ single = true, adaptive = false }) =>
    new Room({
      singlePeerConnection: single,
      adaptiveStream: adaptive,
      dynacast: true,
      stopLocalTrackOnUnpublish: false,
    }),
  connect: (room, url, token, { autoSubscribe = true }) =>
    room.connect(url, token, { autoSubscribe, maxRetries: 0 }),
  sid: (publication) => publication.trackSid,
  kind: (track) => track.kind,
  speak: async (room) =>
    room.localParticipant.publishTrack(await voice(), { source: "microphone" }),
  film: (room) =>
    room.localParticipant.publishTrack(picture(), { source: "camera", videoCodec: "vp8" }),
  unpublish(room, sid) {
    const { track } = room.localParticipant.trackPublications.get(sid);
    return room.localParticipant.unpublishTrack(track);
  },
  async flows(track) {
    if (!track.attachedElements.length) document.body.append(track.attach());
    const before = await received(track);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await received(track)) > before;
  },
  dataOptions: ({ to = [], reliable = true, topic }) => ({
    reliable,
    destinationIdentities: to,
    topic,
  }),
  rename: (room, name) => room.localParticipant.setName(name),
  describe: (room, metadata) => room.localParticipant.setMetadata(metadata),
  verbs: (room) => ({
    simulate: (scenario) => room().simulateScenario(scenario),
    // Of the first video of somebody: how well it shall be shown.
    quality: (identity, quality) => video(room(), identity).setVideoQuality(quality),
    size: (identity, width, height) =>
      video(room(), identity).setVideoDimensions({ width, height }),
    enable: (identity, on) => video(room(), identity).setEnabled(on),
    // Wait until so many layers of an own track are sent; returns how many there are.
    async layers(sid, active) {
      const { track } = room().localParticipant.trackPublications.get(sid);
      for (;;) {
        const { encodings } = track.sender.getParameters();
        const sent = encodings.filter((encoding) => encoding.active).length;
        if (sent === active) return encodings.length;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    // livekit-client says nothing of what it is told before it is connected.
    async graded(identity) {
      const { localParticipant, remoteParticipants } = room();
      const one = localParticipant.identity === identity ? localParticipant : remoteParticipants.get(identity);
      while (one.connectionQuality === "unknown") {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return one.connectionQuality;
    },
    head: async (url) => (await fetch(url, { method: "HEAD" })).status,
    async bytes(data) {
      const writer = await room().localParticipant.streamBytes({ topic: "files" });
      await writer.write(new Uint8Array(data));
      await writer.close();
    },
  }),
};

const video = (room, identity) =>
  [...room.remoteParticipants.get(identity).videoTrackPublications.values()][0];

// How much of a track has arrived: pictures, or sound that is not silence.
async function received(track) {
  for (const stats of (await track.getRTCStatsReport())?.values() ?? []) {
    if (stats.type === "inbound-rtp") return stats.framesDecoded ?? stats.totalAudioEnergy;
  }
  return 0;
}

// Without a loudspeaker Firefox's AudioContext stands still. Its fake microphone is a tone as well.
const voice = () => (navigator.userAgent.includes("Firefox") ? microphone() : tone(880));

async function microphone() {
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  return stream.getAudioTracks()[0];
}

function tone(hertz) {
  const context = new AudioContext();
  const target = context.createMediaStreamDestination();
  const oscillator = new OscillatorNode(context, { frequency: hertz });
  oscillator.connect(target);
  oscillator.start();
  return target.stream.getAudioTracks()[0];
}

function picture() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  const pen = canvas.getContext("2d");
  let hue = 0;
  setInterval(() => {
    pen.fillStyle = `hsl(${(hue += 7)} 80% 50%)`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }, 100);
  return canvas.captureStream(10).getVideoTracks()[0];
}

window.caller = makeCaller(platform);
