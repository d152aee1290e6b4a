import { useSyncExternalStore } from 'react';

const name = 'medialith.single-keys';
const listeners = new Set<() => void>();

function read(): boolean {
  try {
    return localStorage.getItem(name) !== 'off';
  } catch {
    return true;
  }
}

/** Whether letters and digits alone do something. Who dictates or types by switches turns them off (WCAG 2.1.4). */
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
  const set = (next: boolean) => {
    try {
      if (next) localStorage.removeItem(name);
      else localStorage.setItem(name, 'off');
    } catch {
      // A browser that keeps nothing has the keys on.
    }
    for (const listener of listeners) listener();
  };
  return [on, set];
}
