import type { Track, TrackProcessor, VideoProcessorOptions } from "livekit-client";
import { type Backdrop, backdropOf } from "./backdrops";
import type { Background, EffectProblem } from "./choice";
import { FRAMES, Pace } from "./pace";
import { loadSegmentation, type Segment } from "./segmentation";

/** The effect could not be made ready; the camera was closed rather than shown as it is. */
export class EffectFailure extends Error {}

/**
 * Shows a person before another background. What it gives is a canvas that only finished frames are drawn on: where the
 * effect stops for whatever reason, the last of them stays. It is not taken off a track again, since livekit-client would
 * send the camera's own frames until the next one is set; without effect it hands them on.
 */
export class BackgroundProcessor implements TrackProcessor<Track.Kind.Video> {
  readonly name = "background";
  processedTrack?: MediaStreamTrack;
  private readonly video = document.createElement("video");
  private readonly frame = document.createElement("canvas").getContext("2d");
  private readonly shown = document.createElement("canvas").getContext("2d");
  private pace = new Pace();
  private source?: MediaStreamTrack;
  private segment?: Segment;
  private backdrop?: Backdrop;
  private ticks?: Worker;
  private hasGivenUp = false;
  private drawn: Promise<void> = Promise.resolve();

  constructor(
    private background: Background,
    private readonly onProblem: (problem: EffectProblem) => void,
  ) {
    this.video.muted = true;
    this.video.playsInline = true;
  }

  async init(options: Pick<VideoProcessorOptions, "track">): Promise<void> {
    // Handed over with its camera, from the mirror to the meeting, it goes on.
    if (this.ticks && this.source === options.track) return;
    await this.restart(options);
    this.processedTrack = this.shown?.canvas.captureStream(FRAMES).getVideoTracks()[0];
    this.start();
  }

  async restart({ track }: Pick<VideoProcessorOptions, "track">): Promise<void> {
    try {
      await this.show(this.background);
      await this.take(track);
    } catch (cause) {
      track.stop();
      throw new EffectFailure("the background could not be replaced", { cause });
    }
  }

  async destroy(): Promise<void> {
    this.ticks?.terminate();
    this.ticks = undefined;
    this.video.srcObject = null;
    this.processedTrack?.stop();
  }

  /** Another background from the next frame on. */
  async show(background: Background): Promise<void> {
    if (background !== "none") this.segment = await loadSegmentation();
    this.backdrop = await backdropOf(background);
    this.background = background;
    this.hasGivenUp = false;
  }

  /** Shows this camera; returns once its first frame is drawn. */
  private async take(track: MediaStreamTrack): Promise<void> {
    this.source = track;
    this.video.srcObject = new MediaStream([track]);
    // Closed while muted: its next one comes with restart().
    if (track.readyState === "ended") return;
    await this.video.play();
    await this.draw();
  }

  private start(): void {
    this.ticks = new Worker(new URL("./tick.worker.ts", import.meta.url), { type: "module" });
    this.ticks.onmessage = () => void this.goOn();
    this.ticks.postMessage(0);
  }

  private async goOn(): Promise<void> {
    const begun = performance.now();
    try {
      if (this.isLive) await this.draw();
    } catch {
      this.giveUp("failed");
    }
    const now = performance.now();
    this.pace.note(now - begun, now);
    if (this.pace.isTooSlow(now)) this.giveUp("slow");
    this.ticks?.postMessage(this.pace.rest(now - begun));
  }

  /** A closed camera's last frame may be one that nobody should see. */
  private get isLive(): boolean {
    return !this.hasGivenUp && this.source?.readyState === "live" && this.source.enabled;
  }

  /** One frame after the other: each with the mask that was made of it. */
  private draw(): Promise<void> {
    this.drawn = this.drawn.catch(() => {}).then(() => this.drawFrame());
    return this.drawn;
  }

  private async drawFrame(): Promise<void> {
    const { frame, shown, video, backdrop } = this;
    if (!frame || !shown || !video.videoWidth) return;
    fit(frame.canvas, video);
    frame.drawImage(video, 0, 0);
    if (!backdrop) {
      fit(shown.canvas, video);
      shown.globalCompositeOperation = "copy";
      shown.drawImage(frame.canvas, 0, 0);
      return;
    }
    const mask = await this.segment?.(frame.canvas);
    if (!mask) return;
    fit(shown.canvas, video);
    // All in one task: a canvas is captured only between two.
    shown.globalCompositeOperation = "copy";
    shown.drawImage(mask, 0, 0, shown.canvas.width, shown.canvas.height);
    shown.globalCompositeOperation = "source-in";
    shown.drawImage(frame.canvas, 0, 0);
    shown.globalCompositeOperation = "destination-over";
    backdrop(shown, frame.canvas);
  }

  private giveUp(problem: EffectProblem): void {
    this.hasGivenUp = true;
    this.pace = new Pace();
    this.onProblem(problem);
  }
}

/** Setting a size, even the same, empties a canvas. */
function fit(canvas: HTMLCanvasElement, { videoWidth, videoHeight }: HTMLVideoElement): void {
  if (canvas.width !== videoWidth) canvas.width = videoWidth;
  if (canvas.height !== videoHeight) canvas.height = videoHeight;
}
