import type { Page } from '../api/types';
import type { Item } from '../grid/item';

/** The part of a list that is loaded, latest first: one long page whose cursor leads on. */
export type Loaded = Page<Item>;

/** Where each item stood, by id: what the server orders by within a millisecond is not on the wire. */
export type Positions = ReadonlyMap<string, number>;

export function positionsOf({ items }: Loaded): Positions {
  return new Map(items.map((item, index) => [item.id, index]));
}

/**
 * Puts items where they belong: one that is there already stays in its place, and one older than all that is loaded
 * comes with its own page later. Those that stood in `positions` stand so again; of one time, a new one is first.
 */
export function withItems(loaded: Loaded, added: readonly Item[], positions: Positions = new Map()): Loaded {
  const waiting = new Map(added.map((item) => [item.id, item]));
  const here = loaded.items.map((item) => {
    const replacement = waiting.get(item.id);
    waiting.delete(item.id);
    return replacement ?? item;
  });
  const order = (a: Item, b: Item) => {
    const [before, after] = [positions.get(a.id), positions.get(b.id)];
    if (before !== undefined && after !== undefined) return before - after;
    return a.at === b.at ? 0 : a.at > b.at ? -1 : 1;
  };
  const fresh = [...waiting.values()].sort(order);
  const items: Item[] = [];
  let next = 0;
  for (const item of here) {
    while (next < fresh.length && order(fresh[next] as Item, item) <= 0) items.push(fresh[next++] as Item);
    items.push(item);
  }
  if (loaded.nextCursor === null) items.push(...fresh.slice(next));
  return { ...loaded, items };
}

export function withoutItems(loaded: Loaded, ids: ReadonlySet<string>): Loaded {
  return { ...loaded, items: loaded.items.filter((item) => !ids.has(item.id)) };
}

/** Appends the page that was asked for with `cursor`, unless the list has begun again meanwhile. */
export function withNext(loaded: Loaded, cursor: string, next: Loaded): Loaded {
  if (loaded.nextCursor !== cursor) return loaded;
  const here = new Set(loaded.items.map((item) => item.id));
  return {
    items: [...loaded.items, ...next.items.filter((item) => !here.has(item.id))],
    nextCursor: next.nextCursor,
  };
}

/**
 * Brings the list up to date with a fresh first page: what is new appears, what was deleted elsewhere goes, and what
 * was loaded further down stays. When so much is new that the two no longer touch, the list begins again.
 */
export function withHead(loaded: Loaded, head: Loaded, order: 'latest first' | 'another'): Loaded {
  const oldest = head.items.at(-1);
  if (head.nextCursor === null || oldest === undefined) return head;
  const fresh = new Set(head.items.map((item) => item.id));
  const common = loaded.items.findLastIndex((item) => fresh.has(item.id));
  if (common < 0) return head;
  // Only by time it is known from an item alone on which side of the page's end it lies.
  const lies = (item: Item, index: number) => (order === 'another' ? index > common : item.at <= oldest.at);
  const below = loaded.items.filter((item, index) => !fresh.has(item.id) && lies(item, index));
  if (below.length === 0) return head;
  return { items: [...head.items, ...below], nextCursor: loaded.nextCursor };
}
