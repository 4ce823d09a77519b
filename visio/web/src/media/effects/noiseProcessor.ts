import binary from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import simdBinary from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import worklet from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";
import type { AudioProcessorOptions, Track, TrackProcessor } from "livekit-client";

type Suppressor = AudioWorkletNode & { destroy: () => void };

/**
 * Takes noise out of a voice by RNNoise. It comes after the browser's own suppression, which stays on: what that leaves,
 * keys and dishes, is what RNNoise knows.
 */
export class NoiseProcessor implements TrackProcessor<Track.Kind.Audio, AudioProcessorOptions> {
  readonly name = "noise";
  processedTrack?: MediaStreamTrack;
  private context?: AudioContext;
  private source?: MediaStreamAudioSourceNode;
  private suppressor?: Suppressor;

  /** `onStop` is called when nothing comes out any more. */
  constructor(private readonly onStop: () => void) {}

  async init({ track }: AudioProcessorOptions): Promise<void> {
    // RNNoise knows no other rate. livekit-client's context has the speaker's.
    const context = new AudioContext({ sampleRate: 48_000 });
    this.context = context;
    try {
      this.suppressor = await newSuppressor(context);
      const destination = context.createMediaStreamDestination();
      this.suppressor.connect(destination);
      this.listenTo(track);
      await running(context);
      this.processedTrack = destination.stream.getAudioTracks()[0];
    } catch (error) {
      await this.destroy();
      throw error;
    }
    this.suppressor.onprocessorerror = this.onStop;
    context.onstatechange = () => {
      if (context.state !== "running" && context === this.context) this.onStop();
    };
  }

  async restart({ track }: AudioProcessorOptions): Promise<void> {
    this.listenTo(track);
  }

  async destroy(): Promise<void> {
    const { context } = this;
    this.context = undefined;
    this.suppressor?.destroy();
    await context?.close();
  }

  private listenTo(track: MediaStreamTrack): void {
    if (!this.context || !this.suppressor) return;
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.suppressor);
  }
}

async function newSuppressor(context: AudioContext): Promise<Suppressor> {
  const { loadRnnoise, RnnoiseWorkletNode } = await import("@sapphi-red/web-noise-suppressor");
  const [wasmBinary] = await Promise.all([
    loadRnnoise({ url: binary, simdUrl: simdBinary }),
    context.audioWorklet.addModule(worklet),
  ]);
  // Inside the worklet a wrong one would be silence, and nobody told.
  if (!WebAssembly.validate(wasmBinary)) throw new Error("no RNNoise");
  return new RnnoiseWorkletNode(context, { wasmBinary, maxChannels: 1 });
}

/** A context that the browser does not let run would make the person mute. */
async function running(context: AudioContext): Promise<void> {
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  if (context.state !== "running") throw new Error("no sound without a click");
}

/** Milliseconds. A context runs at once, or only after the person has clicked. */
const PATIENCE = 1_000;
