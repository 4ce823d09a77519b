import type { Composition, Subject } from "./scene";

/** How tiles of one size fill a stage. */
export interface Grid {
  columns: number;
  rows: number;
  tileWidth: number;
  tileHeight: number;
  /** Tiles shown at once; the rest is on further pages. */
  perPage: number;
}

export interface Stage {
  width: number;
  height: number;
}

export interface Rect extends Stage {
  left: number;
  top: number;
}

export interface Placed {
  subject: Subject;
  rect: Rect;
}

/** Where everything on the stage is. */
export interface Plan {
  placed: Placed[];
  pages: number;
  /** Where one turns the pages, if there are several. */
  pager: Rect | undefined;
}

/** Between tiles; also what the stage keeps from its edges. */
export const GAP = 12;
/** A tile is at most as wide as a film; narrower than the camera's picture only on an upright stage. */
const WIDEST = 16 / 9;
const NARROWEST = 4 / 3;
const NARROWEST_UPRIGHT = 1;
/** The large picture of a person may be upright, as a telephone's is: wider would cut less of the face, and show it smaller. */
const NARROWEST_LARGE = 4 / 5;
/** Below this width a face is no longer recognised: smaller would show more people, larger fewer. */
const SMALLEST = 148;
/** More faces at once than anybody can follow, and each costs the machine a decoder. */
const MOST = 49;
/** What turning the pages needs, below the tiles or, where they are a low strip, beside them. */
const PAGER: Stage = { width: 124, height: 44 };

/** The grid that gives `count` tiles the largest area each, on as few pages as their smallest size allows. */
export function layoutGrid(count: number, stage: Stage): Grid {
  let best = bestGrid(Math.min(Math.max(count, 1), MOST), stage);
  while (best.tileWidth < SMALLEST && best.perPage > 1) best = bestGrid(best.perPage - 1, stage);
  return best;
}

/** Where everything of a composition is on a stage, on page `page` (from 0) of what does not fit at once. */
export function place({ layout, large, others }: Composition, page: number, stage: Stage): Plan {
  const whole = { left: 0, top: 0, ...stage };
  if (!large) return placeTiles(others, page, whole, false);
  if (others.length === 0) return { placed: [fit(large, whole)], pages: 1, pager: undefined };
  const { front, aside } = layout === "sidebar" ? splitAcross(whole) : splitDown(whole, others.length);
  const tiles = placeTiles(others, page, aside, layout === "speaker" && !isUpright(stage));
  return { ...tiles, placed: [fit(large, front), ...tiles.placed] };
}

/** The items of page `page` (from 0), a page past the end being the last one. */
export function pageOf<Item>(items: Item[], page: number, perPage: number): Item[] {
  const start = Math.min(page, pageCount(items.length, perPage) - 1) * perPage;
  return items.slice(start, start + perPage);
}

export function pageCount(count: number, perPage: number): number {
  return Math.max(1, Math.ceil(count / perPage));
}

export function isUpright({ width, height }: Stage): boolean {
  return height > width;
}

function placeTiles(subjects: Subject[], page: number, area: Rect, isStrip: boolean): Plan {
  if (layoutGrid(subjects.length, area).perPage >= subjects.length)
    return { placed: rowsOf(subjects, area), pages: 1, pager: undefined };
  const { left, top, width, height } = area;
  const rest = isStrip
    ? { ...area, width: Math.max(0, width - PAGER.width) }
    : { ...area, height: Math.max(0, height - PAGER.height) };
  const { perPage } = layoutGrid(subjects.length, rest);
  return {
    placed: rowsOf(pageOf(subjects, page, perPage), rest),
    pages: pageCount(subjects.length, perPage),
    pager: isStrip
      ? { left: left + rest.width, top, width: PAGER.width, height }
      : { left, top: top + rest.height, width, height: PAGER.height },
  };
}

/** Rows of tiles, each and all of them in the middle. */
function rowsOf(subjects: Subject[], area: Rect): Placed[] {
  const { columns, rows, tileWidth: width, tileHeight: height } = bestGrid(Math.max(subjects.length, 1), area);
  const top = area.top + middle(area.height, rows, height);
  return subjects.map((subject, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, subjects.length - row * columns);
    const left = area.left + middle(area.width, inRow, width) + (index % columns) * (width + GAP);
    return { subject, rect: { left, top: top + row * (height + GAP), width, height } };
  });
}

function middle(space: number, count: number, size: number): number {
  return Math.max(0, Math.floor((space - count * size - (count - 1) * GAP) / 2));
}

/** What somebody shows has all the room; a face is not stretched over more than a picture's shape. */
function fit(subject: Subject, area: Rect): Placed {
  if (subject.kind === "share") return { subject, rect: area };
  const width = Math.floor(Math.min(area.width, area.height * WIDEST));
  const height = Math.floor(Math.min(area.height, width / NARROWEST_LARGE));
  const left = area.left + middle(area.width, 1, width);
  return { subject, rect: { left, top: area.top + middle(area.height, 1, height), width, height } };
}

/** The large one, and a column at its right. */
function splitAcross({ left, top, width, height }: Rect): { front: Rect; aside: Rect } {
  const column = clamp(SMALLEST + GAP, width * 0.2, 288);
  const front = Math.max(0, width - column - GAP);
  return {
    front: { left, top, width: front, height },
    aside: { left: left + front + GAP, top, width: column, height },
  };
}

/** The large one, and a strip above it; on an upright stage the strip may have what a film does not need. */
function splitDown({ left, top, width, height }: Rect, count: number): { front: Rect; aside: Rect } {
  const most = isUpright({ width, height })
    ? clamp(132, height - width / WIDEST - GAP, count > 1 ? height * 0.32 : 0)
    : clamp(92, height * 0.2, 150);
  const { perPage, rows, tileHeight } = layoutGrid(count, { width, height: most });
  const strip = perPage < count ? most : rows * tileHeight + (rows - 1) * GAP;
  const front = Math.max(0, height - strip - GAP);
  return {
    front: { left, top: top + strip + GAP, width, height: front },
    aside: { left, top, width, height: strip },
  };
}

function clamp(least: number, value: number, most: number): number {
  return Math.floor(Math.max(least, Math.min(value, most)));
}

function bestGrid(count: number, stage: Stage): Grid {
  const grids = Array.from({ length: count }, (_, index) => gridOf(count, index + 1, stage));
  return grids.reduce((best, grid) => (area(grid) > area(best) ? grid : best));
}

function gridOf(count: number, columns: number, { width, height }: Stage): Grid {
  const rows = Math.ceil(count / columns);
  const cellWidth = Math.max(0, (width - GAP * (columns - 1)) / columns);
  const cellHeight = Math.max(0, (height - GAP * (rows - 1)) / rows);
  const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * WIDEST));
  const narrowest = height > width ? NARROWEST_UPRIGHT : NARROWEST;
  const tileHeight = Math.floor(Math.min(cellHeight, tileWidth / narrowest));
  return { columns, rows, tileWidth, tileHeight, perPage: count };
}

function area(grid: Grid): number {
  return grid.tileWidth * grid.tileHeight;
}
