import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../api/rooms";
import { mayDirect, mayGive, mustAnswer, personOf, roomStateOf } from "./attributes";

test.each([
  ["on", "", true],
  ["on", "granted", false],
  ["on", "refused", false],
  ["off", "", false],
] as const)("with transcription %s and the answer %j, asking is %s", (transcription, consent, due) => {
  expect(mustAnswer(transcription, consent)).toBe(due);
});

test("an unknown role is a guest's and an unknown answer is none", () => {
  expect(personOf({ "visio.role": "emperor", "visio.consent": "maybe" })).toEqual({
    role: "guest",
    consent: "",
    sharedMicrophone: false,
    microphonePeople: null,
    hand: null,
  });
});

test("a participant's attributes are read", () => {
  const attributes = {
    "visio.role": "owner",
    "visio.consent": "granted",
    "visio.shared_microphone": "true",
    "visio.microphone_people": "3",
    "visio.hand": "12",
  };
  expect(personOf(attributes)).toEqual({
    role: "owner",
    consent: "granted",
    sharedMicrophone: true,
    microphonePeople: 3,
    hand: 12,
  });
});

test.each([undefined, "", "not json", "null", "[]", '{"transcription":1}'])("metadata %j is harmless", (metadata) => {
  expect(roomStateOf(metadata)).toEqual({
    title: "",
    meeting: undefined,
    transcription: "off",
    spotlight: undefined,
    settings: DEFAULT_SETTINGS,
  });
});

test("the room's metadata is read", () => {
  const settings = { ...DEFAULT_SETTINGS, locked: true, muting: "everyone", max_participants: 7 };
  const metadata = JSON.stringify({ title: "Comité", meeting: "m1", transcription: "on", spotlight: "p-1", ...settings });
  const read = { title: "Comité", meeting: "m1", transcription: "on", spotlight: "p-1", settings };
  expect(roomStateOf(metadata)).toEqual(read);
});

test.each([
  ["owner", true],
  ["administrator", true],
  ["member", false],
  ["guest", false],
] as const)("a %s may direct the meeting: %s", (role, may) => {
  expect(mayDirect(role)).toBe(may);
});

test.each([
  ["owner", "member", "owner", true],
  ["owner", "owner", undefined, true],
  ["administrator", "member", "administrator", true],
  ["administrator", "guest", undefined, true],
  ["administrator", "owner", undefined, false],
  ["administrator", "member", "owner", false],
  ["member", "guest", undefined, false],
] as const)("a %s may make a %s %s: %s", (giver, before, after, may) => {
  expect(mayGive(giver, before, after)).toBe(may);
});
