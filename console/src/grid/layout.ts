import type { Asset } from '../api/types';
import type { Item } from './item';

/** Where one tile stands, in CSS pixels from the grid's top left corner. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Tiles first…last (inclusive) of one row. */
export interface Row {
  first: number;
  last: number;
  top: number;
  height: number;
}

export interface Layout {
  boxes: Box[];
  rows: Row[];
  height: number;
}

export interface LayoutOptions {
  width: number;
  rowHeight: number;
  gap: number;
  /** More items will follow: an unfilled last row is held back, so that no tile that was shown ever moves. */
  more: boolean;
}

/** Between tiles, in CSS pixels. */
export const gap = 4;

const narrowest = 0.45;
const widest = 3;

/** Width over height as the grid shows it; extremes are cropped, kinds without a known size get a fixed shape. */
export function tileRatio(asset: Pick<Asset, 'kind' | 'width' | 'height'>): number {
  if (asset.width && asset.height) return Math.min(widest, Math.max(narrowest, asset.width / asset.height));
  if (asset.kind === 'video') return 16 / 9;
  return asset.kind === 'audio' ? 1.2 : 1;
}

/** The trash shows sheets of one shape. */
export function itemRatio({ asset, purgeAt }: Item): number {
  if (purgeAt !== null) return 1;
  return asset === null ? 1.4 : tileRatio(asset);
}

export function rowHeightFor(width: number): number {
  if (width < 600) return 132;
  if (width < 1000) return 190;
  return width < 1800 ? 224 : 272;
}

/** Justified rows: each row spans the whole width, heights stay near `rowHeight`, order is kept. */
export function layoutRows(ratios: readonly number[], { width, rowHeight, gap, more }: LayoutOptions): Layout {
  const layout: Layout = { boxes: [], rows: [], height: 0 };
  if (width <= 0) return layout;
  let first = 0;
  while (first < ratios.length) {
    const last = endOfRow(ratios, first, width, rowHeight, gap);
    const natural = naturalHeight(ratios, first, last, width, gap);
    const unfilled = last === ratios.length - 1 && natural > rowHeight * 1.3;
    if (unfilled && more && layout.rows.length > 0) break;
    placeRow(layout, ratios, { first, last, top: layout.height, height: unfilled ? rowHeight : natural }, {
      justify: !unfilled,
      width,
      gap,
    });
    first = last + 1;
  }
  if (layout.rows.length > 0) layout.height -= gap;
  return layout;
}

/** The height at which tiles first…last fill the width exactly. */
function naturalHeight(ratios: readonly number[], first: number, last: number, width: number, gap: number): number {
  let sum = 0;
  for (let i = first; i <= last; i++) sum += ratios[i] ?? 1;
  return (width - gap * (last - first)) / sum;
}

/** The last tile of the row that begins at `first`: whichever break comes closer to the wanted height. */
function endOfRow(ratios: readonly number[], first: number, width: number, rowHeight: number, gap: number): number {
  for (let last = first; last < ratios.length; last++) {
    const height = naturalHeight(ratios, first, last, width, gap);
    if (height > rowHeight) continue;
    if (last === first) return last;
    const without = naturalHeight(ratios, first, last - 1, width, gap);
    return without - rowHeight < rowHeight - height ? last - 1 : last;
  }
  return ratios.length - 1;
}

function placeRow(
  layout: Layout,
  ratios: readonly number[],
  row: Row,
  { justify, width, gap }: { justify: boolean; width: number; gap: number },
): void {
  const height = Math.max(1, Math.round(row.height));
  let exact = 0;
  for (let i = row.first; i <= row.last; i++) {
    const left = Math.round(exact);
    exact += (ratios[i] ?? 1) * row.height;
    // Rounded edges, not rounded widths: neighbours stay one gap apart and the last edge meets the border.
    const right = justify && i === row.last ? width : Math.min(width, Math.round(exact));
    layout.boxes.push({ left, top: row.top, width: Math.max(1, right - left), height });
    exact += gap;
  }
  layout.rows.push({ ...row, height });
  layout.height = row.top + height + gap;
}

/** The tiles of the rows that touch [from, to), as [first, last]; null when there is none. */
export function visibleTiles(rows: readonly Row[], from: number, to: number): [number, number] | null {
  const begin = firstRowEndingAfter(rows, from);
  let end = begin;
  while (end < rows.length && (rows[end] as Row).top < to) end++;
  const first = rows[begin];
  const last = rows[end - 1];
  return first !== undefined && last !== undefined && end > begin ? [first.first, last.last] : null;
}

function firstRowEndingAfter(rows: readonly Row[], y: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle] as Row;
    if (row.top + row.height > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

export type Direction = 'left' | 'right' | 'up' | 'down' | 'first' | 'last';

/** The tile that an arrow key leads to; up and down go to the tile whose middle is nearest. */
export function neighbour(layout: Layout, index: number, direction: Direction): number {
  const end = layout.boxes.length - 1;
  if (direction === 'first') return 0;
  if (direction === 'last') return end;
  if (direction === 'left') return Math.max(0, index - 1);
  if (direction === 'right') return Math.min(end, index + 1);
  const from = layout.boxes[index];
  const rowIndex = layout.rows.findIndex((row) => index >= row.first && index <= row.last);
  const target = layout.rows[rowIndex + (direction === 'down' ? 1 : -1)];
  if (from === undefined || target === undefined) return index;
  const middle = from.left + from.width / 2;
  let best = target.first;
  let bestDistance = Infinity;
  for (let i = target.first; i <= target.last; i++) {
    const box = layout.boxes[i] as Box;
    const distance = Math.abs(box.left + box.width / 2 - middle);
    if (distance < bestDistance) [best, bestDistance] = [i, distance];
  }
  return best;
}
