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
 * comes with its own page later. Of one time, those that stood in `positions` stand so again, and a new one is first.
 */
export function withItems(loaded: Loaded, added: readonly Item[], positions: Positions = new Map()): Loaded {
  const waiting = new Map(added.map((item) => [item.id, item]));
  const here = loaded.items.map((item) => {
    const replacement = waiting.get(item.id);
    waiting.delete(item.id);
    return replacement ?? item;
  });
  const position = ({ id }: Item) => positions.get(id) ?? -1;
  const order = (a: Item, b: Item) => (a.at === b.at ? position(a) - position(b) : a.at > b.at ? -1 : 1);
  const fresh = [...waiting.values()].sort(order);
  const items: Item[] = [];
  let next = 0;
  for (const item of here) {
    for (let candidate = fresh[next]; candidate !== undefined && order(candidate, item) <= 0; candidate = fresh[++next]) {
      items.push(candidate);
    }
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
export function withHead(loaded: Loaded, head: Loaded): Loaded {
  const oldest = head.items.at(-1);
  if (head.nextCursor === null || oldest === undefined) return head;
  const fresh = new Set(head.items.map((item) => item.id));
  if (!loaded.items.some((item) => fresh.has(item.id))) return head;
  const below = loaded.items.filter((item) => !fresh.has(item.id) && item.at <= oldest.at);
  if (below.length === 0) return head;
  return { items: [...head.items, ...below], nextCursor: loaded.nextCursor };
}
