import { expect, test } from "vitest";
import { compose, frontOf, keyOf, type Scene, type Subject } from "./scene";

const WIDE = { width: 1200, height: 650 };
const UPRIGHT = { width: 344, height: 560 };
const LOW = { width: 620, height: 180 };
const TINY = { width: 304, height: 140 };

const subject = (kind: Subject["kind"], identity: string): Subject => ({
  key: keyOf(kind, identity),
  kind,
  identity,
  mine: identity === "me",
});
const people = ["me", "ada", "bob"].map((identity) => subject("person", identity));
const alike: Scene = {
  subjects: people,
  choice: "auto",
  pinned: undefined,
  spotlight: undefined,
  speaker: undefined,
  alone: undefined,
};
const share = (identity: string) => subject("share", identity);
const keys = (subjects: Subject[]) => subjects.map(({ key }) => key);

test("by itself nobody is larger than others", () => {
  const { layout, large, others } = compose({ ...alike, speaker: "ada" }, WIDE);
  expect([layout, large, keys(others)]).toEqual(["grid", undefined, keys(people)]);
});

test.each([
  ["a share", { subjects: [share("ada"), ...people] }, "share:ada"],
  ["the newest share", { subjects: [share("ada"), share("bob"), ...people] }, "share:bob"],
  ["the shares of others before one's own", { subjects: [share("ada"), share("me"), ...people] }, "share:ada"],
  ["one's own share, with nothing else to see", { subjects: [share("me"), ...people] }, "share:me"],
  ["a pinned person", { pinned: "person:bob" }, "person:bob"],
  ["a pinned person during a share", { subjects: [share("ada"), ...people], pinned: "person:me" }, "person:me"],
  ["whom a host put in front", { spotlight: "bob" }, "person:bob"],
  ["a share of somebody while another is in front", { subjects: [share("ada"), ...people], spotlight: "bob" }, "share:ada"],
  ["who is pinned while another is in front", { spotlight: "bob", pinned: "person:ada" }, "person:ada"],
])("%s is large", (_, change, key) => {
  const { large, others } = compose({ ...alike, ...change }, WIDE);
  expect(large?.key).toBe(key);
  expect(keys(others)).not.toContain(key);
});

test("what is pinned and gone is not missed", () => {
  expect(compose({ ...alike, pinned: "person:eve" }, WIDE).layout).toBe("grid");
});

test.each([
  ["ada", "person:ada"],
  [undefined, "person:ada"],
  ["bob", "person:bob"],
  ["me", "person:ada"],
])("with %s speaking, the speaker layout shows %s", (speaker, key) => {
  for (const choice of ["speaker", "sidebar"] as const) {
    const { layout, large } = compose({ ...alike, choice, speaker }, WIDE);
    expect([layout, large?.key]).toEqual([choice, key]);
  }
});

test("all alike is kept up by shares, which come first, but not by what one pins afterwards", () => {
  const scene: Scene = { ...alike, choice: "grid", subjects: [share("ada"), ...people], spotlight: "bob" };
  expect(keys(compose(scene, WIDE).others)).toEqual(["share:ada", "person:bob", "person:me", "person:ada"]);
  expect(compose({ ...scene, pinned: "person:ada" }, WIDE)).toMatchObject({
    layout: "sidebar",
    large: { key: "person:ada" },
  });
});

test.each([
  ["auto", WIDE, "sidebar"],
  ["speaker", WIDE, "speaker"],
  ["sidebar", UPRIGHT, "speaker"],
  ["speaker", LOW, "sidebar"],
  ["speaker", TINY, "grid"],
] as const)("%s on a stage of %o is %s", (choice, stage, layout) => {
  expect(compose({ ...alike, choice, pinned: "person:ada" }, stage).layout).toBe(layout);
});

test("where nothing fits beside it, the large one is on the first page", () => {
  expect(keys(compose({ ...alike, pinned: "person:bob" }, TINY).others)[0]).toBe("person:bob");
});

test("one person by themselves is no layout", () => {
  expect(compose({ ...alike, subjects: people.slice(0, 1), choice: "speaker" }, WIDE).layout).toBe("grid");
});

test("what one wants to see alone has the stage until it is gone", () => {
  const scene = { ...alike, subjects: [share("ada"), ...people], alone: "share:ada" };
  expect(compose(scene, WIDE)).toMatchObject({ large: { key: "share:ada" }, others: [] });
  expect(compose({ ...scene, subjects: people }, WIDE).others).toHaveLength(3);
});

test.each([
  ["who speaks", { speaker: "bob" }, "person:bob"],
  ["what another shows", { subjects: [share("ada"), ...people], speaker: "bob" }, "share:ada"],
  ["not one's own screen", { subjects: [share("me"), ...people], speaker: "bob" }, "person:bob"],
  ["oneself when alone", { subjects: people.slice(0, 1) }, "person:me"],
])("where there is room for one only, it is %s", (_, change, key) => {
  expect(frontOf({ ...alike, ...change })?.key).toBe(key);
});
