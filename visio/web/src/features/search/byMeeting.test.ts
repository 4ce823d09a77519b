import { expect, test } from "vitest";
import type { PassageFound } from "../../api/search";
import { byMeeting } from "./byMeeting";

function passage(id: string, meeting: string): PassageFound {
  return { id, meeting, title: `T${meeting}`, meeting_started_at: 7, name: "Ada", voice: null, voice_name: null, started_at: 0, parts: [] };
}

test("passages of a meeting stand together, over the end of a page too", () => {
  const found = byMeeting([passage("a", "1"), passage("b", "1"), passage("c", "2")]);
  expect(found.map(({ id, title, passages }) => [id, title, passages.map((one) => one.id)])).toEqual([
    ["1", "T1", ["a", "b"]],
    ["2", "T2", ["c"]],
  ]);
});

test("nothing found is no meeting", () => {
  expect(byMeeting([])).toEqual([]);
});
