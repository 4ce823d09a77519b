import fc from "fast-check";
import { expect, test } from "vitest";
import { GAP, layoutGrid, pageCount, pageOf, place, type Rect } from "./layout";
import type { Composition } from "./scene";

const stages = fc.record({ width: fc.integer({ min: 280, max: 3840 }), height: fc.integer({ min: 200, max: 2160 }) });
const counts = fc.integer({ min: 1, max: 120 });

test("tiles never overflow the stage", () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const { columns, rows, tileWidth, tileHeight } = layoutGrid(count, stage);
      expect(columns * tileWidth + (columns - 1) * GAP).toBeLessThanOrEqual(stage.width);
      expect(rows * tileHeight + (rows - 1) * GAP).toBeLessThanOrEqual(stage.height);
    }),
  );
});

test("a tile is between a square and a film", () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const { tileWidth, tileHeight } = layoutGrid(count, stage);
      expect(tileHeight).toBeLessThanOrEqual(tileWidth);
      expect(tileWidth).toBeLessThanOrEqual(Math.ceil(((tileHeight + 1) * 16) / 9));
    }),
  );
});

test("every participant is on exactly one page", () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const people = Array.from({ length: count }, (_, index) => index);
      const { perPage } = layoutGrid(count, stage);
      const pages = Array.from({ length: pageCount(count, perPage) }, (_, page) => pageOf(people, page, perPage));
      expect(pages.flat()).toEqual(people);
    }),
  );
});

test.each([
  [1, { width: 1280, height: 720 }, 1, 1],
  [2, { width: 1280, height: 600 }, 2, 1],
  [2, { width: 360, height: 560 }, 1, 2],
  [3, { width: 1280, height: 600 }, 2, 2],
  [4, { width: 1280, height: 720 }, 2, 2],
  [9, { width: 1600, height: 900 }, 3, 3],
])("%d people on %o sit in %d columns and %d rows", (count, stage, columns, rows) => {
  expect(layoutGrid(count, stage)).toMatchObject({ columns, rows, perPage: count });
});

test("a small stage shows fewer people a page rather than unrecognisable faces", () => {
  const grid = layoutGrid(50, { width: 360, height: 560 });
  expect(grid.tileWidth).toBeGreaterThanOrEqual(148);
  expect(grid.perPage).toBeLessThan(50);
});

test("nobody follows more than 49 faces, however large the screen", () => {
  expect(layoutGrid(200, { width: 3840, height: 2160 }).perPage).toBe(49);
});

const layouts = fc.constantFrom("grid", "speaker", "sidebar");
const kinds = fc.constantFrom("person", "share");
const anything = fc.record({ layout: layouts, kind: kinds, count: fc.integer({ min: 0, max: 40 }), stage: stages });

function composed({ layout, kind, count }: { layout: string; kind: string; count: number }): Composition {
  const subjects = Array.from({ length: count }, (_, index) => ({ key: `${index}`, identity: `${index}`, mine: false }));
  const others = subjects.map((subject) => ({ ...subject, kind: "person" as const }));
  const large = { key: "large", identity: "large", kind: kind as "person" | "share", mine: false };
  return layout === "grid"
    ? { layout, large: undefined, others }
    : { layout: layout as "speaker" | "sidebar", large, others };
}

test("nothing lies outside the stage or over anything else", () => {
  fc.assert(
    fc.property(anything, ({ stage, ...rest }) => {
      const { placed, pager } = place(composed(rest), 0, stage);
      const rects = [...placed.map(({ rect }) => rect), ...(pager ? [pager] : [])];
      for (const [index, one] of rects.entries()) {
        expect(isInside(one, stage)).toBe(true);
        expect(rects.slice(index + 1).find((other) => overlap(one, other))).toBeUndefined();
      }
    }),
  );
});

test("whoever is not large is on exactly one page, and the large one on each", () => {
  fc.assert(
    fc.property(anything, ({ stage, ...rest }) => {
      const composition = composed(rest);
      const { pages } = place(composition, 0, stage);
      const shown = Array.from({ length: pages }, (_, page) => place(composition, page, stage).placed);
      const beside = shown.map((page) => page.filter(({ subject }) => subject !== composition.large));
      expect(beside.flat().map(({ subject }) => subject)).toEqual(composition.others);
      if (composition.large) expect(shown.every(([first]) => first?.subject === composition.large)).toBe(true);
    }),
  );
});

test("the large one is larger than any other", () => {
  const stage = { width: 1200, height: 650 };
  for (const layout of ["speaker", "sidebar"]) {
    const [large, ...others] = place(composed({ layout, kind: "person", count: 9 }), 0, stage).placed;
    for (const { rect } of others) expect(rect.width * 3).toBeLessThan(large?.rect.width ?? 0);
  }
});

function isInside({ left, top, width, height }: Rect, stage: { width: number; height: number }): boolean {
  return Math.min(left, top, width, height) >= 0 && left + width <= stage.width && top + height <= stage.height;
}

function overlap(a: Rect, b: Rect): boolean {
  return (
    a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
  );
}
