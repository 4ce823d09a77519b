import { Observable } from "../../call/state/observable";
import { BackgroundProcessor } from "./backgroundProcessor";
import { type Background, giveUpBackground } from "./choice";

/** Whether a camera is being given its background. */
export const isPreparing = new Observable(false);

/** A camera: livekit-client's, or the one before the meeting, of which nothing is sent. */
export interface Wearer {
  sid?: string;
  getProcessor: () => unknown;
  setProcessor: (processor: BackgroundProcessor) => Promise<void>;
  mute: () => Promise<unknown>;
  pauseUpstream?: () => Promise<void>;
  resumeUpstream?: () => Promise<void>;
}

const turns = new WeakMap<Wearer, Promise<void>>();

/**
 * Shows a camera before that background, once what was asked for earlier is done. Until then nothing of it is sent; where
 * it cannot be, the camera is closed, the effect given up, and this rejects.
 */
export function wear(camera: Wearer, background: Background): Promise<void> {
  const earlier = turns.get(camera) ?? Promise.resolve();
  const turn = earlier.catch(() => {}).then(() => put(camera, background));
  turns.set(camera, turn);
  return turn;
}

export function newBackground(background: Background): BackgroundProcessor | undefined {
  return background === "none" ? undefined : new BackgroundProcessor(background, giveUpBackground);
}

async function put(camera: Wearer, background: Background): Promise<void> {
  const worn = camera.getProcessor();
  const processor = newBackground(background);
  if (!processor && !worn) return;
  isPreparing.set(true);
  try {
    if (worn instanceof BackgroundProcessor) await worn.show(background);
    else if (processor) await dress(camera, processor);
  } catch (error) {
    await camera.mute();
    giveUpBackground("failed");
    throw error;
  } finally {
    isPreparing.set(false);
  }
}

/** Others see nothing while it is being made ready, rather than the room a moment longer. */
async function dress(camera: Wearer, processor: BackgroundProcessor): Promise<void> {
  if (!camera.sid) return camera.setProcessor(processor);
  await camera.pauseUpstream?.();
  try {
    await camera.setProcessor(processor);
  } finally {
    await camera.resumeUpstream?.();
  }
}

