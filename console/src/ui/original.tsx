import { useLayoutEffect, useRef, type ImgHTMLAttributes, type RefObject } from 'react';
import { loadSlots } from './load_slots';

/** Lets an element load when there is a slot for it. The answer says that it has loaded, or cannot. */
export function useSlot(
  element: RefObject<HTMLImageElement | HTMLVideoElement | null>,
  url: string,
  place: 'front' | 'back' = 'back',
): () => void {
  const end = useRef<() => void>(() => undefined);
  // Not a passive effect: that one ends after the element has left the document, and Chromium keeps an element whose
  // source is taken away then, and with it the whole tile, for as long as the page is open.
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    end.current = loadSlots.take(() => {
      target.src = url;
    }, place);
    return () => {
      // Also stops a load under way: a tile that is scrolled past gives its slot to the next one.
      target.removeAttribute('src');
      end.current();
    };
  }, [element, url, place]);
  return () => end.current();
}

interface OriginalProps extends Omit<ImgHTMLAttributes<HTMLImageElement>, 'src' | 'onLoad' | 'onError'> {
  url: string;
  alt: string;
  /** Before all that wait: it is what the reader has asked for. */
  urgent?: 'yes' | 'no';
  onBroken?: () => void;
}

/** A picture in its original size; all of them together share the slots. */
export function Original({ url, urgent = 'no', onBroken, ...attributes }: OriginalProps) {
  const image = useRef<HTMLImageElement>(null);
  const ended = useSlot(image, url, urgent === 'yes' ? 'front' : 'back');
  return (
    <img
      {...attributes}
      ref={image}
      decoding="async"
      draggable={false}
      onLoad={ended}
      onError={() => {
        ended();
        onBroken?.();
      }}
    />
  );
}
