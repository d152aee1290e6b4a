import type { Page } from '../api/types';
import type { Item } from '../grid/item';

/** The part of a list that is loaded, latest first: one long page whose cursor leads on. */
export type Loaded = Page<Item>;

/** Puts an item where it belongs; one older than all that is loaded comes with its own page later. */
export function withItem(loaded: Loaded, item: Item): Loaded {
  const items = loaded.items.filter((other) => other.id !== item.id);
  const at = items.findIndex((other) => other.at <= item.at);
  if (at >= 0) items.splice(at, 0, item);
  else if (loaded.nextCursor === null) items.push(item);
  return { ...loaded, items };
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
