import type { KeyboardEvent } from 'react';
import type { GridProps } from './grid';
import type { Item } from './item';
import { neighbour, type Direction, type Layout } from './layout';

/** What single keys do to items. A key that is not set does nothing. */
export interface ItemKeys {
  remove: (items: readonly Item[]) => void;
  favorite: ((items: readonly Item[]) => void) | null;
  rate: ((items: readonly Item[], rating: number | null) => void) | null;
}

const directions: Record<string, Direction> = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'first', End: 'last',
};

interface KeyParts extends GridProps {
  layout: Layout;
  focusedIndex: number;
  moveTo: (index: number) => void;
  select: (index: number, how: 'toggle' | 'range') => void;
}

/** The keys of the grid: arrows, Enter, Space, Ctrl+A, Del, f, 0 to 5. */
export function useGridKeys(parts: KeyParts): (event: KeyboardEvent) => void {
  const { items, selected, openId, layout, focusedIndex, moveTo, select, onOpen, onSelect, keys } = parts;
  return (event) => {
    if (event.altKey) return;
    const current = items[focusedIndex];
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== 'a') return;
      event.preventDefault();
      onSelect(new Set(items.map((item) => item.id)));
      return;
    }
    const direction = directions[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      const next = neighbour(layout, focusedIndex, direction);
      if (event.shiftKey) {
        if (selected.size === 0) select(focusedIndex, 'toggle');
        select(next, 'range');
      }
      moveTo(next);
      // An open inspector follows the arrows.
      const item = items[next];
      if (openId !== null && item !== undefined) onOpen(item.id);
      return;
    }
    if (current === undefined) return;
    if (event.key === 'Enter') onOpen(current.id);
    else if (event.key === ' ') select(focusedIndex, event.shiftKey ? 'range' : 'toggle');
    else if (!actOn(event.key, keys, chosen(items, selected, current), () => moveTo(nextKept(parts)))) return;
    event.preventDefault();
  };
}

/** Does what a single key asks for; false: the key means nothing. */
export function actOn(key: string, keys: ItemKeys, targets: readonly Item[], beforeRemoval: () => void): boolean {
  if (key === 'Delete') {
    beforeRemoval();
    keys.remove(targets);
  } else if (key === 'f' && keys.favorite !== null) {
    keys.favorite(targets);
  } else if (/^[0-5]$/.test(key) && keys.rate !== null) {
    keys.rate(targets, key === '0' ? null : Number(key));
  } else {
    return false;
  }
  return true;
}

/** Keys act on what is selected; where nothing is, on the tile with the focus. */
function chosen(items: readonly Item[], selected: ReadonlySet<string>, current: Item): readonly Item[] {
  return selected.size === 0 ? [current] : items.filter((item) => selected.has(item.id));
}

/** Where the focus goes when the chosen ones leave: to the next that stays. */
function nextKept({ items, selected, focusedIndex }: KeyParts): number {
  const stays = (item: Item | undefined, index: number) =>
    item !== undefined && (selected.size === 0 ? index !== focusedIndex : !selected.has(item.id));
  for (let i = focusedIndex; i < items.length; i++) if (stays(items[i], i)) return i;
  for (let i = focusedIndex; i >= 0; i--) if (stays(items[i], i)) return i;
  return focusedIndex;
}
