import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { NoAnswerError } from '../api/errors';
import type { Item } from '../grid/item';
import { uploads } from '../uploads/uploads';
import { keys } from './cache';
import { fetchItems } from './items';
import { withHead, withNext, type Loaded } from './pages';
import { formatView, isLatestFirst, isNarrowed, type View } from './view';

/** While nothing is there yet, someone is watching the page and typing curl: look often. */
const headIntervalMs = { empty: 2000, filled: 5000 };
const unansweredMs = 2000;
const nothing: readonly Item[] = [];

export interface List {
  items: readonly Item[];
  loading: boolean;
  /** Still showing the view before; the one asked for is on its way. */
  stale: boolean;
  /** Why the list could not be loaded at all. */
  error: Error | null;
  /** The server has stopped answering; what is shown may be old. */
  unreachable: boolean;
  /** When the server last answered, in ms since 1970. */
  answeredAt: number;
  hasMore: boolean;
  loadingMore: boolean;
  /** Why the next page could not be loaded. */
  moreError: Error | null;
  loadMore: () => void;
  retry: () => void;
}

export function useList(view: View): List {
  const client = useQueryClient();
  const list = useQuery({
    queryKey: keys.list(view),
    queryFn: async ({ signal }) => {
      const page = await fetchItems(view, null, signal);
      // It is the newest page: asking for the head at once would only fetch it again.
      client.setQueryData<Loaded>(keys.head(view), page);
      return page;
    },
    // The trash changes by what is done elsewhere; a library is kept up to date by its head.
    staleTime: view.place === 'trash' ? 0 : Infinity,
    gcTime: isNarrowed(view) || !isLatestFirst(view) ? 60_000 : Infinity,
    // Where there is a list already, its head finds out when the server answers again.
    refetchInterval: ({ state }) =>
      state.data === undefined && state.error instanceof NoAnswerError ? unansweredMs : false,
    // Of ten thousand items a deep comparison would take longer than a frame.
    structuralSharing: false,
    placeholderData: (before: Loaded | undefined, query) => (query?.queryKey[1] === view.place ? before : undefined),
  });
  const ready = list.data !== undefined && !list.isPlaceholderData;
  const empty = list.data?.items.length === 0 && !isNarrowed(view);
  const { unreachable, answeredAt } = useHead(view, ready, empty);
  const more = useMore(view, list.isPlaceholderData ? null : (list.data?.nextCursor ?? null));
  return {
    items: list.data?.items ?? nothing,
    loading: list.isPending,
    stale: list.isPlaceholderData,
    error: list.data === undefined ? list.error : null,
    unreachable: unreachable || list.error instanceof NoAnswerError,
    answeredAt: Math.max(answeredAt, list.dataUpdatedAt),
    ...more,
    retry: () => void list.refetch(),
  };
}

function useMore(view: View, cursor: string | null): Pick<List, 'hasMore' | 'loadingMore' | 'moreError' | 'loadMore'> {
  const client = useQueryClient();
  const next = useMutation({
    mutationFn: (wanted: { view: View; cursor: string }) => fetchItems(wanted.view, wanted.cursor),
    onSuccess: (page, wanted) => {
      client.setQueryData<Loaded>(keys.list(wanted.view), (loaded) => loaded && withNext(loaded, wanted.cursor, page));
    },
  });
  const { mutate, isPending, error, variables } = next;
  const loadMore = useCallback(() => {
    if (cursor !== null && !isPending) mutate({ view, cursor });
  }, [view, cursor, isPending, mutate]);
  const ofThis = variables !== undefined && formatView(variables.view) === formatView(view);
  return { hasMore: cursor !== null, loadingMore: isPending, moreError: ofThis ? error : null, loadMore };
}

/** Asks for the newest page now and then and merges it, so that what curl or an app stores appears by itself. */
function useHead(view: View, enabled: boolean, empty: boolean): Pick<List, 'unreachable' | 'answeredAt'> {
  const client = useQueryClient();
  const head = useQuery({
    queryKey: keys.head(view),
    queryFn: ({ signal }) => fetchItems(view, null, signal),
    enabled,
    gcTime: 0,
    refetchInterval: empty ? headIntervalMs.empty : headIntervalMs.filled,
    refetchOnWindowFocus: 'always',
  });
  const seen = useRef<{ view: View; page: Loaded } | null>(null);
  useEffect(() => {
    const page = head.data;
    if (page === undefined) return;
    client.setQueryData<Loaded>(keys.list(view), (loaded) => {
      return loaded && withHead(loaded, page, isLatestFirst(view) ? 'latest first' : 'another');
    });
    // Another view's head is no news: only where this one has changed are the counts old.
    const before = seen.current?.view === view ? seen.current.page : page;
    if (before !== page) void client.invalidateQueries({ queryKey: keys.facets });
    seen.current = { view, page };
  }, [client, view, head.data]);

  const unreachable = head.error instanceof NoAnswerError;
  const before = useRef(unreachable);
  useEffect(() => {
    if (before.current && !unreachable) uploads.retryBroken();
    before.current = unreachable;
  }, [unreachable]);
  return { unreachable, answeredAt: head.dataUpdatedAt };
}
