import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { FacetName, Facets, FacetValue, Usage } from '../api/types';
import { formatCount } from '../ui/format';
import { keys } from './cache';
import { filtersOf, formatContent, listsGenerations, type View } from './view';

const dayMs = 86_400_000;
/** Counts of a view that one comes back to may be so old. */
const staleMs = 5000;
const usageIntervalMs = 60_000;

export function useFacets(view: View): Facets | undefined {
  const facets = useQuery({
    queryKey: [...keys.facets, formatContent(view)],
    queryFn: ({ signal }) => api.facets(filtersOf(view), signal),
    enabled: view.place === 'library',
    staleTime: staleMs,
    placeholderData: keepPreviousData,
  });
  return facets.data;
}

export interface TrashFacts {
  files: number;
  /** How long what is deleted stays there; null while nothing lies there to tell it. */
  days: number | null;
}

export function useTrashFacts(): TrashFacts | undefined {
  const facts = useQuery({
    queryKey: [...keys.facets, 'trash'],
    queryFn: async ({ signal }): Promise<TrashFacts> => {
      const [counts, newest] = await Promise.all([
        api.facets(new URLSearchParams({ deleted: 'true' }), signal),
        api.trash(new URLSearchParams({ limit: '1' }), signal),
      ]);
      const [first] = newest.items;
      const stay = first === undefined ? null : Date.parse(first.purgeAt) - Date.parse(first.deletedAt);
      return { files: sum(counts.facets.type), days: stay === null ? null : Math.round(stay / dayMs) };
    },
  });
  return facts.data;
}

/** Others fill the disk too, so it is asked for now and then. */
export function useUsage(): Usage | undefined {
  const usage = useQuery({
    queryKey: [...keys.facets, 'usage'],
    queryFn: ({ signal }) => api.usage(signal),
    refetchInterval: usageIntervalMs,
  });
  return usage.data;
}

export function sum(values: readonly FacetValue[]): number {
  return values.reduce((total, { count }) => total + count, 0);
}

/** What was chosen stays in its list, also when nothing of it is left. */
export function valuesOf(facets: Facets | undefined, name: FacetName, chosen: readonly string[]): FacetValue[] {
  const values = facets?.facets[name] ?? [];
  const missing = chosen.filter((value) => !values.some((other) => other.value === value));
  return [...values, ...missing.map((value) => ({ value, count: 0 }))];
}

/** How many tiles the whole view has; null while that is not known exactly. */
export function totalOf(facets: Facets | undefined, view: View): number | null {
  if (facets === undefined || facets.approximate || view.place === 'trash' || listsGenerations(view)) return null;
  const chosen = view.chosen.type ?? [];
  return sum(facets.facets.type.filter(({ value }) => chosen.length === 0 || chosen.includes(value)));
}

const kindWords: Record<string, [string, string]> = {
  image: ['picture', 'pictures'], video: ['clip', 'clips'], audio: ['sound', 'sounds'], file: ['file', 'files'],
};

/** "12 418 pictures · 311 clips": what the view holds. */
export function countWords(facets: Facets, view: View): string[] {
  const chosen = view.chosen.type ?? [];
  return Object.entries(kindWords).flatMap(([kind, [one, many]]) => {
    const count = facets.facets.type.find(({ value }) => value === kind)?.count ?? 0;
    if (count === 0 || (chosen.length > 0 && !chosen.includes(kind))) return [];
    return [(facets.approximate ? 'more than ' : '') + formatCount(count, one, many)];
  });
}

export function failedCount(facets: Facets | undefined): number {
  return facets?.facets.status.find(({ value }) => value === 'failed')?.count ?? 0;
}
