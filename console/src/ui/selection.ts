import { useCallback, useSyncExternalStore } from 'react';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener('hashchange', listener);
  };
}

function read(): string | null {
  const id = location.hash.slice(1);
  return /^(img|vid|aud|file)_[A-Za-z0-9]+$/.test(id) ? id : null;
}

/**
 * The asset that the inspector shows, kept in the address (#img_…): a reload keeps it, a link carries it, and the
 * back button closes it. Moving from one asset to the next adds no history.
 */
export function useSelection(): [string | null, (id: string | null) => void] {
  const selected = useSyncExternalStore(subscribe, read);
  const select = useCallback((id: string | null) => {
    const from = read();
    if (id === from) return;
    const url = id === null ? location.pathname + location.search : `#${id}`;
    if (from === null) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, []);
  return [selected, select];
}
