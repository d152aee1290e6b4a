import type { Item } from './item';

export type Selected = ReadonlySet<string>;
export const noneSelected: Selected = new Set();

export function withToggled(selected: Selected, id: string): Selected {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Adds all from one item to another, whichever comes first. */
export function withRange(selected: Selected, items: readonly Item[], from: number, to: number): Selected {
  const range = items.slice(Math.min(from, to), Math.max(from, to) + 1);
  return new Set([...selected, ...range.map((item) => item.id)]);
}
