// Put into every page before its own scripts: keeps the peer connections, to ask them what arrived.
(() => {
  const connections = [];
  const probe = {};
  window.probe = probe;
  let submitted = 0;
  let connected = 0;
  let seen;
  const firstFrame = new Promise((resolve) => (seen = resolve));

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      connections.push(this);
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") connected ||= performance.now();
      });
    }
  };

  document.addEventListener("submit", () => (submitted = performance.now()), true);

  // A video element that shows somebody else's camera presents its first frame.
  const watched = new WeakSet();
  let watching = true;
  function watch() {
    for (const video of document.querySelectorAll("video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      video.requestVideoFrameCallback((_, frame) => {
        // Only frames that came over the network carry an RTP timestamp.
        if (frame.rtpTimestamp === undefined) return watched.delete(video);
        watching = false;
        seen(performance.now());
      });
    }
    if (watching) requestAnimationFrame(watch);
  }
  requestAnimationFrame(watch);

  // Milliseconds from the click to being connected, and to seeing somebody else.
  probe.arrival = async (patience) => {
    const late = new Promise((_, reject) => setTimeout(reject, patience, new Error("nobody is seen")));
    const at = await Promise.race([firstFrame, late]);
    return [connected - submitted, at - submitted];
  };

  // What arrived so far over all connections, five times a second: however late somebody asks.
  probe.samples = [];
  async function sample() {
    const sums = { at: performance.timeOrigin + performance.now(), frames: 0, energy: 0, heard: 0, concealed: 0 };
    for (const connection of connections) {
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        sums.frames += entry.framesDecoded ?? 0;
        sums.energy += entry.totalAudioEnergy ?? 0;
        sums.heard += entry.totalSamplesReceived ?? 0;
        sums.concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
      }
    }
    probe.samples.push(sums);
    setTimeout(sample, 200);
  }
  sample();
})();
