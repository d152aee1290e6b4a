import { useEffect, useState, type RefObject } from 'react';

export interface GridWindow {
  width: number;
  /** What the scroller shows, in the grid's own coordinates. */
  top: number;
  bottom: number;
}

/** The part of the grid that is in sight. */
export function useWindow(
  holder: RefObject<HTMLDivElement | null>,
  scroller: RefObject<HTMLElement | null>,
): GridWindow {
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
      setView((old) =>
        old.width === width && old.top === top && old.bottom === bottom ? old : { width, top, bottom },
      );
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
