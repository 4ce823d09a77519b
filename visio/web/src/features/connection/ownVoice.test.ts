import { expect, test } from "vitest";
import { OwnVoice } from "./ownVoice";

test("who speaks up is heard, and stays so", () => {
  const voice = new OwnVoice();
  expect(voice.note(0, 0)).toBe("listening");
  expect(voice.note(40, 1_000)).toBe("heard");
  expect(voice.note(0, 60_000)).toBe("heard");
});

test("a microphone that gives nothing is silent after a while", () => {
  const voice = new OwnVoice();
  voice.note(0, 5_000);
  expect(voice.note(0, 14_999)).toBe("listening");
  expect(voice.note(0, 15_000)).toBe("silent");
});

test("one that gives too little is faint, until somebody speaks up", () => {
  const voice = new OwnVoice();
  voice.note(7, 0);
  expect(voice.note(3, 10_000)).toBe("faint");
  expect(voice.note(50, 11_000)).toBe("heard");
});
