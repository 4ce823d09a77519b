import { expect, test } from "vitest";
import type { Line } from "../../call/state/transcript";
import { runsOf } from "./PassageText";
import { speakerName } from "./speakerName";

const speaker = { identity: "p-1", name: "Salle 2", voice: null, voiceName: null };
const t = ((key: string, values: object) => `${key} ${JSON.stringify(values)}`) as unknown as Parameters<typeof speakerName>[1];

function line(text: string, hidden = false): Line {
  return { ...speaker, id: text, startedAt: 0, text, hidden };
}

test("lines are one text, except where one of them is hidden", () => {
  const lines = [line(" Bonjour."), line("On commence ? "), line("", true), line("Oui.")];
  expect(runsOf({ speaker, startedAt: 0, lines })).toEqual(["Bonjour. On commence ?", null, "Oui."]);
});

test("a voice has its name, or else its number beside the name of who lends the microphone", () => {
  expect(speakerName(speaker, t)).toBe("Salle 2");
  expect(speakerName({ ...speaker, voice: "S2" }, t)).toBe('transcript.voice {"name":"Salle 2","voice":"2"}');
  expect(speakerName({ ...speaker, voice: "S2", voiceName: "Mme Martin" }, t)).toBe("Mme Martin");
});
