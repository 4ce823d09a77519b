import { Observable } from "../call/state/observable";
import type { BackgroundProcessor } from "./effects/backgroundProcessor";
import type { Capture } from "./open";

/** The person's camera before the meeting, with what it wears. Without livekit-client, which comes with the meeting. */
export class Mirror {
  /** What is to be seen of it. */
  readonly shown: Observable<MediaStreamTrack>;
  private processor?: BackgroundProcessor;

  constructor(readonly capture: Capture) {
    this.shown = new Observable(capture.track);
  }

  getProcessor(): BackgroundProcessor | undefined {
    return this.processor;
  }

  async setProcessor(processor: BackgroundProcessor): Promise<void> {
    await processor.init(this.capture);
    this.processor = processor;
    this.shown.set(processor.processedTrack ?? this.capture.track);
  }

  async mute(): Promise<void> {
    this.capture.track.stop();
  }

  stop(): void {
    this.capture.track.stop();
    void this.processor?.destroy();
  }
}
