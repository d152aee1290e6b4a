import { describe, expect, it } from 'vitest';
import { itemOfAsset, type Item } from '../grid/item';
import { positionsOf, withHead, withItems, withNext, withoutItems, type Loaded } from './pages';

function item(n: number): Item {
  const createdAt = new Date(1_700_000_000_000 + n * 1000).toISOString();
  return itemOfAsset({
    id: `img_${n}`, kind: 'image', filename: `${n}.png`, contentType: 'image/png', size: 1, sha256: null, width: 1,
    height: 1, duration: null, url: `/v1/assets/img_${n}/content`, generationId: null, state: 'ready', createdAt,
  }, null);
}

const list = (numbers: number[], nextCursor: string | null): Loaded => ({ items: numbers.map(item), nextCursor });
const show = ({ items, nextCursor }: Loaded) => [items.map(({ id }) => Number(id.slice(4))), nextCursor];

describe('withItems', () => {
  it('puts a new one first and an old one in its place', () => {
    expect(show(withItems(list([9, 8, 7, 5], 'c'), [item(10)]))).toEqual([[10, 9, 8, 7, 5], 'c']);
    expect(show(withItems(list([9, 8, 7, 5], 'c'), [item(6)]))).toEqual([[9, 8, 7, 6, 5], 'c']);
  });

  it('replaces instead of doubling', () => {
    expect(show(withItems(list([3, 2, 1], null), [item(2)]))).toEqual([[3, 2, 1], null]);
  });

  it('leaves one that lies below the loaded part to its own page', () => {
    expect(show(withItems(list([9, 8], 'c'), [item(1)]))).toEqual([[9, 8], 'c']);
    expect(show(withItems(list([9, 8], null), [item(1)]))).toEqual([[9, 8, 1], null]);
    expect(show(withItems(list([], null), [item(1)]))).toEqual([[1], null]);
  });
});

describe('withItems after an Undo', () => {
  const twins = (...names: number[]): Loaded => ({
    items: names.map((name) => ({ ...item(name), at: '2026-01-01T00:00:00.000Z' })),
    nextCursor: null,
  });

  it('puts back those of one millisecond in the places they had', () => {
    const whole = twins(4, 9, 1, 7);
    const left = withoutItems(whole, new Set(['img_9', 'img_1']));
    expect(show(left)[0]).toEqual([4, 7]);
    const back = whole.items.slice(1, 3).reverse();
    expect(withItems(left, back, positionsOf(whole))).toEqual(whole);
  });

  it('leaves one that is still there in its place', () => {
    expect(show(withItems(twins(4, 9, 1), twins(1).items))[0]).toEqual([4, 9, 1]);
  });
});

describe('withNext', () => {
  it('appends the page that was asked for, without doubles', () => {
    expect(show(withNext(list([9, 8, 6], 'c'), 'c', list([7, 6, 5], 'd')))).toEqual([[9, 8, 6, 7, 5], 'd']);
  });

  it('ignores a page of a list that is gone', () => {
    expect(show(withNext(list([90, 89], 'new'), 'old', list([7], null)))).toEqual([[90, 89], 'new']);
  });
});

describe('withHead', () => {
  it('adds what is new and keeps what lies below', () => {
    expect(show(withHead(list([5, 4, 3, 2], 'c'), list([6, 5], 'h'), 'latest first'))).toEqual([[6, 5, 4, 3, 2], 'c']);
  });

  it('drops what was deleted elsewhere', () => {
    expect(show(withHead(list([5, 4, 3, 2], 'c'), list([5, 3], 'h'), 'latest first'))).toEqual([[5, 3, 2], 'c']);
    expect(show(withHead(list([5, 4, 3], null), list([4], null), 'latest first'))).toEqual([[4], null]);
    expect(show(withHead(list([5], null), list([], null), 'latest first'))).toEqual([[], null]);
  });

  it('begins again when nothing of the loaded part is in reach', () => {
    expect(show(withHead(list([5, 4], 'c'), list([90, 89], 'h'), 'latest first'))).toEqual([[90, 89], 'h']);
  });

  it('takes the head cursor when nothing lies below it', () => {
    expect(show(withHead(list([5, 4], 'old'), list([6, 5, 4], 'h'), 'latest first'))).toEqual([[6, 5, 4], 'h']);
  });

  it('keeps in another order what stands below the last item that both have', () => {
    expect(show(withHead(list([3, 9, 1, 7], 'c'), list([8, 3, 9], 'h'), 'another'))).toEqual([[8, 3, 9, 1, 7], 'c']);
    expect(show(withHead(list([3, 9, 1, 7], 'c'), list([3, 1], 'h'), 'another'))).toEqual([[3, 1, 7], 'c']);
    expect(show(withHead(list([3, 9], 'c'), list([1, 7], 'h'), 'another'))).toEqual([[1, 7], 'h']);
  });
});
