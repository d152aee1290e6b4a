import { describe, expect, it } from 'vitest';
import { layoutRows, neighbour, tileRatio, visibleTiles, type Box } from './layout';

const options = { width: 1200, rowHeight: 220, gap: 4, more: false };

/** A small generator with a fixed seed (mulberry32), so that a failure repeats. */
function randomRatios(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return 0.45 + (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2.55;
  });
}

describe('layoutRows', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('fills every row but the last, seed %i', (seed) => {
    const ratios = randomRatios(137, seed);
    const { boxes, rows, height } = layoutRows(ratios, options);
    expect(boxes).toHaveLength(137);
    rows.forEach((row, index) => {
      for (let i = row.first; i <= row.last; i++) {
        const box = boxes[i] as Box;
        expect(box.left + box.width).toBeLessThanOrEqual(1200);
        const next = boxes[i + 1];
        if (i < row.last && next) expect(next.left - (box.left + box.width)).toBe(4);
        expect(Math.abs(box.width / box.height - (ratios[i] as number))).toBeLessThan(0.05);
      }
      const lastBox = boxes[row.last] as Box;
      if (index < rows.length - 1) {
        expect(lastBox.left + lastBox.width).toBe(1200);
        expect(row.height).toBeGreaterThan(220 * 0.6);
        expect(row.height).toBeLessThan(220 * 1.7);
        expect(rows[index + 1]?.top).toBe(row.top + row.height + 4);
      } else {
        expect(height).toBe(row.top + row.height);
      }
    });
  });

  it('shows a lone picture at the row height instead of blowing it up', () => {
    expect(layoutRows([1.5], options).boxes).toEqual([{ left: 0, top: 0, width: 330, height: 220 }]);
  });

  it('never moves a tile when the next page arrives', () => {
    const ratios = randomRatios(100, 42);
    const half = layoutRows(ratios.slice(0, 50), { ...options, more: true });
    const whole = layoutRows(ratios, options);
    expect(half.boxes.length).toBeGreaterThan(40);
    expect(whole.boxes.slice(0, half.boxes.length)).toEqual(half.boxes);
  });

  it('is empty without width or items', () => {
    expect(layoutRows([1, 1], { ...options, width: 0 }).boxes).toEqual([]);
    expect(layoutRows([], options)).toEqual({ boxes: [], rows: [], height: 0 });
  });
});

describe('tileRatio', () => {
  it('uses the known size, crops extremes, and has a shape for the rest', () => {
    expect(tileRatio({ kind: 'image', width: 1024, height: 1536 })).toBeCloseTo(2 / 3);
    expect(tileRatio({ kind: 'image', width: 9000, height: 100 })).toBe(3);
    expect(tileRatio({ kind: 'image', width: 100, height: 9000 })).toBe(0.45);
    expect(tileRatio({ kind: 'video', width: null, height: null })).toBeCloseTo(16 / 9);
    expect(tileRatio({ kind: 'file', width: null, height: null })).toBe(1);
  });
});

describe('visibleTiles', () => {
  const { rows } = layoutRows(Array.from({ length: 50 }, () => 1), { width: 412, rowHeight: 100, gap: 4, more: false });

  it('finds the rows that touch the window', () => {
    expect(rows[0]).toMatchObject({ first: 0, last: 3, top: 0, height: 100 });
    expect(visibleTiles(rows, 0, 100)).toEqual([0, 3]);
    expect(visibleTiles(rows, 101, 310)).toEqual([4, 11]);
    expect(visibleTiles(rows, 100_000, 100_100)).toBeNull();
    expect(visibleTiles([], 0, 100)).toBeNull();
  });
});

describe('neighbour', () => {
  const layout = layoutRows([1, 1, 1, 1, 2, 2, 1], { width: 412, rowHeight: 100, gap: 4, more: false });

  it('walks along and across rows and stays inside', () => {
    expect(layout.rows.map((row) => [row.first, row.last])).toEqual([[0, 3], [4, 5], [6, 6]]);
    expect(neighbour(layout, 0, 'left')).toBe(0);
    expect(neighbour(layout, 0, 'right')).toBe(1);
    expect(neighbour(layout, 3, 'down')).toBe(5);
    expect(neighbour(layout, 4, 'up')).toBe(0);
    expect(neighbour(layout, 0, 'up')).toBe(0);
    expect(neighbour(layout, 6, 'down')).toBe(6);
    expect(neighbour(layout, 2, 'last')).toBe(6);
    expect(neighbour(layout, 2, 'first')).toBe(0);
  });
});
