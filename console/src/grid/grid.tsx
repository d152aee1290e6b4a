import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Asset } from '../api/types';
import { layoutRows, neighbour, rowHeightFor, tileRatio, visibleTiles, type Box, type Direction, type Layout } from './layout';
import { Tile } from './tile';

const gap = 4;
/** Rendered beyond the window on each side, in window heights: enough for a flick, few enough to keep memory low. */
const overscan = 1;
/** The next page is asked for when less than this many window heights remain. */
const prefetch = 2;

const directions: Record<string, Direction> = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'first', End: 'last',
};

interface GridProps {
  assets: readonly Asset[];
  hasMore: boolean;
  selectedId: string | null;
  scroller: RefObject<HTMLElement | null>;
  onSelect: (id: string) => void;
  onDelete: (asset: Asset) => void;
  onNearEnd: () => void;
}

/** A justified grid that renders only what is near the window, with one tab stop and arrow keys inside. */
export function Grid({ assets, hasMore, selectedId, scroller, onSelect, onDelete, onNearEnd }: GridProps) {
  const holder = useRef<HTMLDivElement>(null);
  const { width, top, bottom } = useWindow(holder, scroller);
  const layout = useMemo(
    () => layoutRows(assets.map(tileRatio), { width, rowHeight: rowHeightFor(width), gap, more: hasMore }),
    [assets, width, hasMore],
  );
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const focusedIndex = useKeptIndex(assets, focusedId ?? selectedId);
  const focusTile = useTileFocus(holder, scroller, layout);

  const page = Math.max(1, bottom - top);
  useEffect(() => {
    if (hasMore && width > 0 && layout.height - bottom < page * prefetch) onNearEnd();
  }, [hasMore, width, layout, bottom, page, onNearEnd]);

  // The inspector narrows the grid; the tile it shows stays in sight.
  useEffect(() => {
    const box = selectedId === null ? undefined : layout.boxes[assets.findIndex((asset) => asset.id === selectedId)];
    if (box && holder.current && scroller.current) reveal(box, holder.current, scroller.current);
    // Only a new selection or a new width scrolls; a file that arrives must not.
  }, [selectedId, width]);

  const select = useCallback(
    (index: number) => {
      const asset = assets[index];
      if (asset !== undefined) onSelect(asset.id);
    },
    [assets, onSelect],
  );
  const remember = useCallback((index: number) => setFocusedId(assets[index]?.id ?? null), [assets]);

  const moveTo = (index: number) => {
    const id = assets[index]?.id ?? null;
    setFocusedId(id);
    if (id !== null) focusTile(index, id);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const current = assets[focusedIndex];
    const direction = directions[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      const next = neighbour(layout, focusedIndex, direction);
      moveTo(next);
      // An open inspector follows the arrows.
      if (selectedId !== null) select(next);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      select(focusedIndex);
    } else if (event.key === 'Delete' && current !== undefined) {
      event.preventDefault();
      moveTo(focusedIndex + 1 < assets.length ? focusedIndex + 1 : focusedIndex - 1);
      onDelete(current);
    }
  };

  const visible = visibleTiles(layout.rows, top - page * overscan, bottom + page * overscan);
  const shown: number[] = [];
  if (visible !== null) for (let i = visible[0]; i <= visible[1]; i++) shown.push(i);
  // The tile with the focus stays, however far away it is scrolled: removing it would throw the focus to the body.
  if (focusedIndex < layout.boxes.length && !shown.includes(focusedIndex)) shown.push(focusedIndex);

  return (
    <div
      ref={holder}
      className="grid"
      role="listbox"
      aria-label="Stored files"
      style={{ height: layout.height }}
      onKeyDown={onKeyDown}
    >
      {shown.map((index) => {
        const asset = assets[index];
        const box = layout.boxes[index];
        if (asset === undefined || box === undefined) return null;
        return (
          <Tile
            key={asset.id}
            asset={asset}
            box={box}
            index={index}
            total={hasMore ? -1 : assets.length}
            selected={asset.id === selectedId}
            tabStop={index === focusedIndex}
            onOpen={select}
            onFocus={remember}
          />
        );
      })}
    </div>
  );
}

/** The index of an id; when the id has left the list, the place where it was, so that deleting keeps position. */
function useKeptIndex(assets: readonly Asset[], id: string | null): number {
  const last = useRef(0);
  const found = id === null ? -1 : assets.findIndex((asset) => asset.id === id);
  const index = Math.max(0, Math.min(found >= 0 ? found : last.current, assets.length - 1));
  useEffect(() => {
    last.current = index;
  }, [index]);
  return index;
}

/** Scrolls a tile into the window and gives it the focus, once it is rendered. */
function useTileFocus(holder: RefObject<HTMLDivElement | null>, scroller: RefObject<HTMLElement | null>, layout: Layout) {
  const wanted = useRef<string | null>(null);
  const focusWanted = useCallback(() => {
    if (wanted.current === null) return;
    const tile = holder.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(wanted.current)}"]`);
    if (!tile) return;
    wanted.current = null;
    tile.focus({ preventScroll: true });
  }, [holder]);
  useEffect(focusWanted);
  return useCallback(
    (index: number, id: string) => {
      const box = layout.boxes[index];
      if (!box || !scroller.current || !holder.current) return;
      wanted.current = id;
      reveal(box, holder.current, scroller.current);
      focusWanted();
    },
    [holder, scroller, layout, focusWanted],
  );
}

/** Scrolls as little as needed for the box to be seen whole. */
function reveal(box: Box, grid: HTMLElement, scroller: HTMLElement): void {
  const offset = grid.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
  const [from, to] = [offset + box.top - gap * 2, offset + box.top + box.height + gap * 2];
  if (from < scroller.scrollTop) scroller.scrollTop = from;
  else if (to > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = to - scroller.clientHeight;
}

interface GridWindow {
  width: number;
  /** What the scroller shows, in the grid's own coordinates. */
  top: number;
  bottom: number;
}

function useWindow(holder: RefObject<HTMLDivElement | null>, scroller: RefObject<HTMLElement | null>): GridWindow {
  const [view, setView] = useState<GridWindow>({ width: 0, top: 0, bottom: 0 });
  // Not a layout effect: the scroller is an ancestor, and its ref is set after the layout effects of its children.
  useEffect(() => {
    const grid = holder.current;
    const box = scroller.current;
    if (!grid || !box) return;
    let frame = 0;
    const measure = () => {
      frame = 0;
      const above = box.getBoundingClientRect().top - grid.getBoundingClientRect().top;
      // In steps of 64 px: a finer value would render again without showing anything else.
      const top = Math.floor(above / 64) * 64;
      const bottom = Math.ceil((above + box.clientHeight) / 64) * 64;
      const width = grid.clientWidth;
      setView((old) => (old.width === width && old.top === top && old.bottom === bottom ? old : { width, top, bottom }));
    };
    const schedule = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    const observer = new ResizeObserver(schedule);
    observer.observe(grid);
    observer.observe(box);
    box.addEventListener('scroll', schedule, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      box.removeEventListener('scroll', schedule);
    };
  }, [holder, scroller]);
  return view;
}
