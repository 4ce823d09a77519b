import fc from "fast-check";
import { expect, test } from "vitest";
import { GAP, layoutGrid, pageCount, pageOf } from "./layout";

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
