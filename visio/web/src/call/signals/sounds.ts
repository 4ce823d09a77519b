import { Choice } from "../../design/choice";
import { type Kind, Quiet, type Wish } from "./kinds";

const wish = (kind: Kind) => new Choice<Wish>(`visio.sound.${kind}`, ["auto", "on", "off"]);

export const SOUNDS: Readonly<Record<Kind, Choice<Wish>>> = {
  joined: wish("joined"),
  left: wish("left"),
  hand: wish("hand"),
  message: wish("message"),
  lobby: wish("lobby"),
};

/** Plays the sound of that kind, unless another is just being played. */
export function play(kind: Kind): void {
  if (!quiet.ends(performance.now())) return;
  context ??= new AudioContext();
  void context.resume();
  NOTES[kind].forEach((frequency, index) => sound(context as AudioContext, frequency, index * NOTE));
}

function sound(context: AudioContext, frequency: number, delay: number): void {
  const start = context.currentTime + delay;
  const source = new OscillatorNode(context, { type: "sine", frequency });
  const gain = new GainNode(context, { gain: 0 });
  // Neither begins nor ends with a click.
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 2 * NOTE);
  source.connect(gain).connect(context.destination);
  source.start(start);
  source.stop(start + 2 * NOTE);
}

let context: AudioContext | undefined;

const quiet = new Quiet();

/** Hertz: up for who comes, down for who goes. */
const NOTES: Readonly<Record<Kind, readonly number[]>> = {
  joined: [523, 784],
  left: [784, 523],
  hand: [659, 988],
  message: [880],
  lobby: [587, 740, 880],
};

/** Seconds from one note to the next. */
const NOTE = 0.12;

/** Of the loudest there is; louder covers who speaks. */
const LOUDNESS = 0.08;
