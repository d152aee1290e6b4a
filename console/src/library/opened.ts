import { useCallback, useSyncExternalStore } from 'react';
import { generationPrefix } from '../grid/item';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener('hashchange', listener);
  };
}

function read(): string | null {
  let id: string;
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return null;
  }
  return /^(img|vid|aud|file)_[A-Za-z0-9]+$/.test(id) || id.startsWith(generationPrefix) ? id : null;
}

/**
 * The item that the inspector shows, kept in the address (#img_…): a reload keeps it, a link carries it, and the
 * back button closes it. Moving from one item to the next adds no history.
 */
export function useOpened(): [string | null, (id: string | null) => void] {
  const openId = useSyncExternalStore(subscribe, read);
  const open = useCallback((id: string | null) => {
    const from = read();
    if (id === from) return;
    const url = id === null ? location.pathname + location.search : `#${encodeURIComponent(id)}`;
    if (from === null) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, []);
  return [openId, open];
}
