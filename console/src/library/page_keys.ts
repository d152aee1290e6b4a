import { useEffect } from 'react';
import type { Item } from '../grid/item';
import { noneSelected, type Selected } from '../grid/selected';
import { actOn, type ItemKeys } from '../grid/use_grid_keys';
import { useSingleKeys } from '../ui/single_keys';
import type { ToastStore } from '../ui/toasts';
import { searchBoxId } from './search_box';

interface PageKeys {
  items: readonly Item[];
  openId: string | null;
  open: (id: string | null) => void;
  selected: Selected;
  select: (selected: Selected) => void;
  keys: ItemKeys;
  toasts: ToastStore;
  help: () => void;
}

const typing = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

/** Keys that work wherever the focus is: /, ?, Esc, Ctrl+Z, and those of the open item. The grid has its own. */
export function usePageKeys(page: PageKeys): void {
  const [singleKeys] = useSingleKeys();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || target.closest(`${typing}, video, audio, pre, dialog`)) return;
      if (event.ctrlKey || event.metaKey) {
        if (event.key === 'z' && page.toasts.undoNewest()) event.preventDefault();
      } else if (!event.altKey && onPlainKey(event.key, target, page, singleKeys)) {
        event.preventDefault();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}

function onPlainKey(key: string, target: HTMLElement, page: PageKeys, singleKeys: boolean): boolean {
  const { items, openId, open, selected, select, keys, help } = page;
  if (key === '/' && singleKeys) {
    document.getElementById(searchBoxId)?.focus();
    return true;
  }
  if (key === '?' && singleKeys) {
    help();
    return true;
  }
  if (key === 'Escape' && selected.size > 0) {
    select(noneSelected);
    return true;
  }
  if (openId === null) return false;
  if (key === 'Escape') {
    open(null);
    document.querySelector<HTMLElement>(`[data-id="${CSS.escape(openId)}"]`)?.focus();
    return true;
  }
  const at = items.findIndex((item) => item.id === openId);
  const item = items[at];
  if (item === undefined) return false;
  const step = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  // A toolbar or a group of radio buttons has its own use for arrows.
  if (step !== 0 && target.closest('[role=toolbar], fieldset') === null) {
    open(items[at + step]?.id ?? openId);
    return true;
  }
  return actOn(key, keys, [item], () => undefined);
}
