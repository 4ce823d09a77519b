import fc from "fast-check";
import { expect, test } from "vitest";
import { drag, LARGEST, pinch, type Point, placeOf, scaleBy, wheelFactor, WHOLE, type Zoom } from "./zoom";

const part = fc.double({ min: 0, max: 1, noNaN: true });
const points = fc.record({ x: part, y: part });
const factors = fc.double({ min: 0.05, max: 20, noNaN: true });
const zooms = fc.tuple(factors, points, points).map(([factor, at, by]) => drag(scaleBy(WHOLE, factor, at), by));

/** What of the picture is shown at a point of the area. */
function under({ scale, x, y }: Zoom, at: Point): Point {
  return { x: x + (at.x - 0.5) / scale, y: y + (at.y - 0.5) / scale };
}

test("never more than the picture is shown, however one zooms and drags", () => {
  fc.assert(
    fc.property(zooms, factors, points, (zoom, factor, at) => {
      const { scale, ...rest } = scaleBy(zoom, factor, at);
      expect(scale).toBeGreaterThanOrEqual(1);
      expect(scale).toBeLessThanOrEqual(LARGEST);
      for (const corner of [under({ scale, ...rest }, { x: 0, y: 0 }), under({ scale, ...rest }, { x: 1, y: 1 })]) {
        expect(Math.min(corner.x, corner.y)).toBeGreaterThanOrEqual(-1e-9);
        expect(Math.max(corner.x, corner.y)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }),
  );
});

test("what one points at stays there while one zooms in", () => {
  fc.assert(
    fc.property(zooms, fc.double({ min: 1, max: 4, noNaN: true }), points, (zoom, factor, at) => {
      const [before, after] = [under(zoom, at), under(scaleBy(zoom, factor, at), at)];
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }),
  );
});

test("a dragged picture follows the pointer", () => {
  const zoom = scaleBy(WHOLE, 4);
  const [before, after] = [under(zoom, { x: 0.4, y: 0.5 }), under(drag(zoom, { x: 0.1, y: -0.2 }), { x: 0.5, y: 0.3 })];
  expect(after.x).toBeCloseTo(before.x);
  expect(after.y).toBeCloseTo(before.y);
});

test("two fingers that part enlarge what is between them", () => {
  const at = (x: number) => ({ x, y: 0.5 });
  const zoom = pinch(WHOLE, [at(0.375), at(0.625)], [at(0.25), at(0.75)]);
  expect(zoom).toEqual({ scale: 2, x: 0.5, y: 0.5 });
  expect(pinch(zoom, [at(0.5), at(0.5)], [at(0.5), at(0.75)]).scale).toBe(LARGEST);
});

test("a wheel goes both ways alike, lines like pixels, and never far at once", () => {
  const wheel = (deltaY: number, deltaMode = 0) => wheelFactor({ deltaY, deltaMode, ctrlKey: false });
  expect(wheel(100) * wheel(-100)).toBeCloseTo(1);
  expect(wheel(3, 1)).toBeCloseTo(wheel(99));
  expect(wheel(-100)).toBeGreaterThan(1);
  expect(wheel(-1e9)).toBeLessThan(2);
});

test("the picture lies where its place says", () => {
  expect(placeOf(WHOLE)).toEqual({ left: "0%", top: "0%", width: "100%", height: "100%" });
  expect(placeOf(scaleBy(WHOLE, 2, { x: 1, y: 1 }))).toEqual({ left: "-100%", top: "-100%", width: "200%", height: "200%" });
});
