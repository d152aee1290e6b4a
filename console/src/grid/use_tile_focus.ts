import { useCallback, useEffect, useRef, type RefObject } from 'react';
import { gap, type Box, type Layout } from './layout';

/** Scrolls a tile into the window and gives it the focus, once it is rendered. */
export function useTileFocus(
  holder: RefObject<HTMLDivElement | null>, scroller: RefObject<HTMLElement | null>, layout: Layout,
): (index: number, id: string) => void {
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
export function reveal(box: Box, grid: HTMLElement, scroller: HTMLElement): void {
  const offset = grid.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
  const [from, to] = [offset + box.top - gap * 2, offset + box.top + box.height + gap * 2];
  if (from < scroller.scrollTop) scroller.scrollTop = from;
  else if (to > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = to - scroller.clientHeight;
}
