import { useCallback, useMemo, useSyncExternalStore } from 'react';

/** The filters of which several values may be chosen, by their names on the wire. */
export const choices = ['type', 'model', 'lora', 'sampler', 'provider', 'category', 'tag', 'status'] as const;
export type Choice = (typeof choices)[number];

/** What the grid shows. It lives in the address, so that a reload keeps it and a link carries it. */
export interface View {
  place: 'library' | 'trash';
  q: string;
  chosen: Partial<Record<Choice, readonly string[]>>;
  /** Only favourites. */
  favorite: boolean;
  /** Local days, YYYY-MM-DD, both inclusive; empty: no bound. */
  from: string;
  to: string;
}

export const wholeLibrary: View = { place: 'library', q: '', chosen: {}, favorite: false, from: '', to: '' };
export const wholeTrash: View = { ...wholeLibrary, place: 'trash' };

const day = /^\d{4}-\d{2}-\d{2}$/;

export function parseView(search: string): View {
  const query = new URLSearchParams(search);
  if (query.get('view') === 'trash') return wholeTrash;
  const chosen: View['chosen'] = {};
  for (const choice of choices) {
    const values = [...new Set(query.getAll(choice))].filter((value) => value !== '');
    if (values.length > 0) chosen[choice] = values;
  }
  const date = (name: string) => {
    const value = query.get(name) ?? '';
    return day.test(value) && !Number.isNaN(Date.parse(value)) ? value : '';
  };
  return {
    place: 'library',
    q: query.get('q') ?? '',
    chosen,
    favorite: query.get('favorite') === 'true',
    from: date('from'),
    to: date('to'),
  };
}

/** The part of the address behind "?"; one text for each view, so that it also names the view. */
export function formatView(view: View): string {
  if (view.place === 'trash') return 'view=trash';
  const query = new URLSearchParams();
  if (view.q.trim() !== '') query.set('q', view.q);
  for (const choice of choices) for (const value of view.chosen[choice] ?? []) query.append(choice, value);
  if (view.favorite) query.set('favorite', 'true');
  if (view.from !== '') query.set('from', view.from);
  if (view.to !== '') query.set('to', view.to);
  return query.toString();
}

/** The view as the filters of /v1. */
export function filtersOf(view: View): URLSearchParams {
  const query = new URLSearchParams(formatView(view));
  query.delete('from');
  query.delete('to');
  if (view.from !== '') query.set('createdAfter', midnight(view.from, 0));
  if (view.to !== '') query.set('createdBefore', midnight(view.to, 1));
  return query;
}

/** The local midnight with which a day begins, or so many days later. */
function midnight(date: string, later: number): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number) as [number, number, number];
  return new Date(year, month - 1, dayOfMonth + later).toISOString();
}

export function isNarrowed(view: View): boolean {
  return view.place === 'library' && formatView(view) !== '';
}

/** Acts that ended without a picture have no asset to list: whoever asks by status sees generations. */
export function listsGenerations(view: View): boolean {
  return (view.chosen.status ?? []).length > 0;
}

export function toggled(view: View, choice: Choice, value: string): View {
  const before = view.chosen[choice] ?? [];
  const values = before.includes(value) ? before.filter((other) => other !== value) : [...before, value];
  const chosen = { ...view.chosen, [choice]: values };
  if (values.length === 0) delete chosen[choice];
  return { ...view, chosen };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}

/** `step`: whether the back button leads to the view before. */
export type SetView = (view: View, history: 'step' | 'replace') => void;

export function useView(): [View, SetView] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const view = useMemo(() => parseView(search), [search]);
  const setView = useCallback<SetView>((next, kind) => {
    const query = formatView(next);
    if (query === formatView(parseView(location.search))) return;
    const url = location.pathname + (query === '' ? '' : `?${query}`);
    if (kind === 'step') history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, []);
  return [view, setView];
}
