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

/** Between tiles; also what the stage keeps from its edges. */
export const GAP = 12;
/** A tile is at most as wide as a film; narrower than the camera's picture only on an upright stage. */
const WIDEST = 16 / 9;
const NARROWEST = 4 / 3;
const NARROWEST_UPRIGHT = 1;
/** Below this width a face is no longer recognised: smaller would show more people, larger fewer. */
const SMALLEST = 148;

/** The grid that gives `count` tiles the largest area each, on as few pages as their smallest size allows. */
export function layoutGrid(count: number, stage: Stage): Grid {
  let best = bestGrid(Math.max(count, 1), stage);
  while (best.tileWidth < SMALLEST && best.perPage > 1) best = bestGrid(best.perPage - 1, stage);
  return best;
}

/** The items of page `page` (from 0), a page past the end being the last one. */
export function pageOf<Item>(items: Item[], page: number, perPage: number): Item[] {
  const start = Math.min(page, pageCount(items.length, perPage) - 1) * perPage;
  return items.slice(start, start + perPage);
}

export function pageCount(count: number, perPage: number): number {
  return Math.max(1, Math.ceil(count / perPage));
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
