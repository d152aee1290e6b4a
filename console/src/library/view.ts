import { useCallback, useMemo, useSyncExternalStore } from 'react';

/** The filters of which several values may be chosen, by their names on the wire. */
export const choices = ['type', 'model', 'lora', 'sampler', 'provider', 'category', 'tag', 'status'] as const;
export type Choice = (typeof choices)[number];

/** The orders of a list, by their names on the wire; of these the first is the one that needs no name. */
export const sorts = [
  '-createdAt', 'createdAt', '-updatedAt', 'updatedAt', '-size', 'size', '-duration', 'duration', '-cost', 'cost',
  'relevance',
] as const;
export type Sort = (typeof sorts)[number];

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
  sort: Sort;
}

const latestFirst: Sort = '-createdAt';

export const wholeLibrary: View = {
  place: 'library',
  q: '',
  chosen: {},
  favorite: false,
  from: '',
  to: '',
  sort: latestFirst,
};
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
  const view: View = {
    place: 'library',
    q: query.get('q') ?? '',
    chosen,
    favorite: query.get('favorite') === 'true',
    from: date('from'),
    to: date('to'),
    sort: latestFirst,
  };
  return { ...view, sort: sortsOf(view).find((sort) => sort === query.get('sort')) ?? latestFirst };
}

/** The orders that a view may have: acts without media have no size, and only what was searched for is relevant. */
export function sortsOf(view: View): readonly Sort[] {
  return sorts.filter((sort) => {
    if (sort === 'relevance') return view.q.trim() !== '';
    return !sort.endsWith('size') || (view.chosen.status ?? []).length === 0;
  });
}

/** Latest first is the order in which what is new appears by itself at the top. */
export function isLatestFirst(view: View): boolean {
  return view.sort === latestFirst;
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
  if (!isLatestFirst(view)) query.set('sort', view.sort);
  return query.toString();
}

/** Names what the view holds, in whatever order. */
export function formatContent(view: View): string {
  return formatView({ ...view, sort: latestFirst });
}

/** The view as the filters of /v1, its order left out. */
export function filtersOf(view: View): URLSearchParams {
  const query = new URLSearchParams(formatContent(view));
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
  return view.place === 'library' && formatContent(view) !== '';
}

/** Acts that ended without a picture have no asset to list, and it is acts that cost: who asks by these sees acts. */
export function listsGenerations(view: View): boolean {
  return (view.chosen.status ?? []).length > 0 || view.sort.endsWith('cost');
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
