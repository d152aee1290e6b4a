import { useEffect, useState } from 'react';
import { messageOf } from '../api/errors';
import type { ToastStore } from '../ui/toasts';
import { carriesFiles, filesOfDrop } from './collect';
import { uploads } from './uploads';

/** Takes files that are dropped anywhere on the page or pasted; true while a drag hovers over the page. */
export function useIntake(toasts: ToastStore): boolean {
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    // Every element that is entered or left fires; only the balance says whether the drag is still over the page.
    let depth = 0;
    const hover = (change: number) => {
      depth = Math.max(0, depth + change);
      setHovering(depth > 0);
    };
    const onEnter = (event: DragEvent) => {
      if (carriesFiles(event.dataTransfer)) hover(1);
    };
    const onLeave = (event: DragEvent) => {
      if (carriesFiles(event.dataTransfer)) hover(-1);
    };
    const onOver = (event: DragEvent) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = carriesFiles(event.dataTransfer) ? 'copy' : 'none';
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      depth = 0;
      setHovering(false);
      if (event.dataTransfer === null || !carriesFiles(event.dataTransfer)) return;
      filesOfDrop(event.dataTransfer).then(
        (files) => {
          uploads.add(files);
          if (files.length === 0) toasts.show('There is no file in what was dropped.');
        },
        (error: unknown) => toasts.show(`The drop could not be read: ${messageOf(error)}`, { tone: 'error' }),
      );
    };
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      uploads.add(files);
    };
    const listeners: [string, (event: never) => void][] = [
      ['dragenter', onEnter], ['dragleave', onLeave], ['dragover', onOver], ['drop', onDrop], ['paste', onPaste],
    ];
    for (const [name, listener] of listeners) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of listeners) window.removeEventListener(name, listener as EventListener);
    };
  }, [toasts]);
  return hovering;
}

/** Asks before the page is left while files are under way. */
export function useLeaveWarning(underWay: boolean): void {
  useEffect(() => {
    if (!underWay) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [underWay]);
}
