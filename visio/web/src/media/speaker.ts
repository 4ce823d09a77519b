import { Observable } from "../call/state/observable";

/** The speaker that the person chose before the meeting; the system's own without a choice. */
export const chosenSpeaker = new Observable<string | undefined>(undefined);

/** Whether this browser can play on another speaker than the system's own. */
export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** Plays two notes on that speaker; returns once they have sounded. */
export async function playTestTone(speaker: string | undefined): Promise<void> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const destination = context.createMediaStreamDestination();
    element.srcObject = destination.stream;
    // An element's output can be chosen in Firefox, too; a context's only in Chromium.
    if (speaker && canChooseSpeaker) await element.setSinkId(speaker);
    await Promise.all([context.resume(), element.play()]);
    await Promise.all(NOTES.map((note, index) => playNote(context, destination, note, index * LENGTH)));
  } finally {
    element.srcObject = null;
    await context.close();
  }
}

/** Swells and fades: a sudden tone would click. */
function playNote(context: AudioContext, output: AudioNode, frequency: number, after: number): Promise<void> {
  const begin = context.currentTime + after;
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.05);
  volume.gain.linearRampToValueAtTime(0, begin + LENGTH);
  tone.connect(volume).connect(output);
  tone.start(begin);
  tone.stop(begin + LENGTH);
  return new Promise((resolve) => {
    tone.onended = () => resolve();
  });
}

/** Hertz: a third, which small speakers can play. */
const NOTES = [523.25, 659.25];
/** Seconds. */
const LENGTH = 0.6;
const LOUDNESS = 0.3;
