import { useCallback, useEffect, useMemo, useRef, useState, type MouseEvent, type RefObject } from 'react';
import type { Item } from './item';
import { gap, itemRatio, layoutRows, rowHeightFor, visibleTiles } from './layout';
import { withRange, withToggled, type Selected } from './selected';
import { Tile } from './tile';
import { useGridKeys, type ItemKeys } from './use_grid_keys';
import { reveal, useTileFocus } from './use_tile_focus';
import { useWindow } from './use_window';

/** Rendered beyond the window on each side, in window heights: enough for a flick, few enough to keep memory low. */
const overscan = 1;
/** The next page is asked for when less than this many window heights remain. */
const prefetch = 2;

export interface GridProps {
  items: readonly Item[];
  /** Of the whole list; null: not known. */
  total: number | null;
  hasMore: boolean;
  label: string;
  /** What the inspector shows. */
  openId: string | null;
  selected: Selected;
  /** The items were searched for: what was found is shown on them. */
  found: boolean;
  scroller: RefObject<HTMLElement | null>;
  onOpen: (id: string) => void;
  onSelect: (selected: Selected) => void;
  onNearEnd: () => void;
  keys: ItemKeys;
}

/** A justified grid that renders only what is near the window, with one tab stop and arrow keys inside. */
export function Grid(props: GridProps) {
  const { items, total, hasMore, label, openId, selected, found, scroller, onOpen, onSelect, onNearEnd } = props;
  const holder = useRef<HTMLDivElement>(null);
  const { width, top, bottom } = useWindow(holder, scroller);
  const layout = useMemo(
    () => layoutRows(items.map(itemRatio), { width, rowHeight: rowHeightFor(width), gap, more: hasMore }),
    [items, width, hasMore],
  );
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const focusedIndex = useKeptIndex(items, focusedId ?? openId);
  const focusTile = useTileFocus(holder, scroller, layout);
  const anchor = useRef<string | null>(null);

  const page = Math.max(1, bottom - top);
  useEffect(() => {
    if (hasMore && width > 0 && layout.height - bottom < page * prefetch) onNearEnd();
  }, [hasMore, width, layout, bottom, page, onNearEnd]);

  // The inspector narrows the grid; the tile it shows stays in sight.
  useEffect(() => {
    const box = openId === null ? undefined : layout.boxes[items.findIndex((item) => item.id === openId)];
    if (box && holder.current && scroller.current) reveal(box, holder.current, scroller.current);
    // Only a newly opened one or a new width scrolls; a file that arrives must not.
  }, [openId, width]);

  const moveTo = useCallback(
    (index: number) => {
      const id = items[index]?.id ?? null;
      setFocusedId(id);
      if (id !== null) focusTile(index, id);
    },
    [items, focusTile],
  );
  const select = useCallback(
    (index: number, how: 'toggle' | 'range') => {
      const item = items[index];
      if (item === undefined) return;
      const from = items.findIndex(({ id }) => id === anchor.current);
      if (how === 'range' && from >= 0) onSelect(withRange(selected, items, from, index));
      else onSelect(withToggled(selected, item.id));
      anchor.current = item.id;
    },
    [items, selected, onSelect],
  );
  const onKeyDown = useGridKeys({ ...props, layout, focusedIndex, moveTo, select });

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const index = indexOf(target);
    const item = index === null ? undefined : items[index];
    if (index === null || item === undefined) return;
    const picks = target.closest('.pick') !== null || event.ctrlKey || event.metaKey || selected.size > 0;
    if (event.shiftKey) select(index, 'range');
    else if (picks) select(index, 'toggle');
    else onOpen(item.id);
  };

  return (
    <div
      ref={holder}
      className={selected.size > 0 ? 'grid selecting' : 'grid'}
      role="listbox"
      aria-label={label}
      aria-multiselectable="true"
      style={{ height: layout.height }}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={({ target }) => {
        const index = indexOf(target);
        if (index !== null) setFocusedId(items[index]?.id ?? null);
      }}
    >
      {shownTiles(visibleTiles(layout.rows, top - page * overscan, bottom + page * overscan), focusedIndex).map(
        (index) => {
          const item = items[index];
          const box = layout.boxes[index];
          if (item === undefined || box === undefined) return null;
          return (
            <Tile
              key={item.id}
              item={item}
              {...box}
              index={index}
              total={total ?? (hasMore ? -1 : items.length)}
              open={item.id === openId}
              selected={selected.has(item.id)}
              tabStop={index === focusedIndex}
              found={found}
            />
          );
        },
      )}
    </div>
  );
}

function indexOf(element: HTMLElement): number | null {
  const index = element.closest<HTMLElement>('[data-index]')?.dataset['index'];
  return index === undefined ? null : Number(index);
}

/** The tile with the focus stays, however far away it is scrolled: removing it would throw the focus to the body. */
function shownTiles(visible: [number, number] | null, focusedIndex: number): number[] {
  const shown: number[] = [];
  if (visible !== null) for (let i = visible[0]; i <= visible[1]; i++) shown.push(i);
  if (!shown.includes(focusedIndex)) shown.push(focusedIndex);
  return shown;
}

/** The index of an id; when the id has left the list, the place where it was, so that deleting keeps position. */
function useKeptIndex(items: readonly Item[], id: string | null): number {
  const last = useRef(0);
  const found = useMemo(() => (id === null ? -1 : items.findIndex((item) => item.id === id)), [items, id]);
  const index = Math.max(0, Math.min(found >= 0 ? found : last.current, items.length - 1));
  useEffect(() => {
    last.current = index;
  }, [index]);
  return index;
}
