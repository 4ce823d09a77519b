/** A place in an area or a picture, in parts of its width and height. */
export interface Point {
  x: number;
  y: number;
}

/** What is seen of a picture: it is `scale` times as large as its area, whose centre shows the place (x, y) of it. */
export interface Zoom extends Point {
  scale: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0.5, y: 0.5 };
/** Beyond that even a 4K screen is only its pixels. */
export const LARGEST = 8;
/** Of one press on a key or a button. */
export const STEP = 1.25;

/** Another size; what is `at` a point of the area stays there. */
export function scaleBy(zoom: Zoom, factor: number, at: Point = WHOLE): Zoom {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale * factor));
  const shift = 1 / zoom.scale - 1 / scale;
  return kept({ scale, x: zoom.x + (at.x - 0.5) * shift, y: zoom.y + (at.y - 0.5) * shift });
}

/** The picture follows a pointer that moved by so much of the area. */
export function drag(zoom: Zoom, by: Point): Zoom {
  return kept({ ...zoom, x: zoom.x - by.x / zoom.scale, y: zoom.y - by.y / zoom.scale });
}

/** Two fingers moved: what was under them stays under them. */
export function pinch(zoom: Zoom, before: [Point, Point], after: [Point, Point]): Zoom {
  const [from, to] = [middle(before), middle(after)];
  const moved = drag(zoom, { x: to.x - from.x, y: to.y - from.y });
  return scaleBy(moved, apart(after) / Math.max(apart(before), 0.01), to);
}

/** How far a wheel zooms; a trackpad's pinch comes as small steps with Ctrl. */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }: { deltaY: number; deltaMode: number; ctrlKey: boolean }): number {
  const pixels = deltaMode === 0 ? deltaY : deltaY * 33;
  return Math.exp(-Math.max(-300, Math.min(300, pixels)) * (ctrlKey ? 0.01 : 0.002));
}

/** Where the picture lies in its area, in percent of that. */
export function placeOf({ scale, x, y }: Zoom): { left: string; top: string; width: string; height: string } {
  const percent = (part: number) => `${part * 100}%`;
  return { left: percent(0.5 - x * scale), top: percent(0.5 - y * scale), width: percent(scale), height: percent(scale) };
}

/** No more than the picture is shown. */
function kept({ scale, x, y }: Zoom): Zoom {
  const edge = 0.5 / scale;
  const within = (value: number) => Math.min(1 - edge, Math.max(edge, value));
  return { scale, x: within(x), y: within(y) };
}

function middle([a, b]: [Point, Point]): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function apart([a, b]: [Point, Point]): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
