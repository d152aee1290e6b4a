import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api } from './api/client';
import { messageOf, NoAnswerError } from './api/errors';
import type { Asset } from './api/types';
import { withAsset, withHead, withNext, type Loaded } from './grid/pages';
import type { ToastStore } from './ui/toasts';
import { uploads } from './uploads/uploads';

const listKey = ['assets'] as const;
const headKey = ['head'] as const;
/** While nothing is there yet, someone is watching the page and typing curl: look often. */
const headIntervalMs = { empty: 2000, filled: 5000 };

export interface Library {
  assets: Asset[];
  loading: boolean;
  /** Why the list could not be loaded at all. */
  error: Error | null;
  /** The server has stopped answering; what is shown may be old. */
  unreachable: boolean;
  hasMore: boolean;
  loadingMore: boolean;
  /** Why the next page could not be loaded. */
  moreError: Error | null;
  loadMore: () => void;
  retry: () => void;
  remove: (asset: Asset) => void;
}

export function useLibrary(toasts: ToastStore): Library {
  const list = useQuery({ queryKey: listKey, queryFn: ({ signal }) => api.assets(null, signal) });
  const { trashed, remove } = useTrash(toasts);
  const assets = useMemo(
    () => list.data?.items.filter((asset) => !trashed.has(asset.id)) ?? [],
    [list.data, trashed],
  );
  const unreachable = useHead(list.isSuccess, assets.length === 0);
  const more = useMore(list.data?.nextCursor ?? null);
  return {
    assets,
    loading: list.isPending,
    error: list.data === undefined ? list.error : null,
    unreachable,
    ...more,
    retry: () => void list.refetch(),
    remove,
  };
}

/** Changes the list in place. A head that is on its way was read before the change and must not undo it. */
function change(client: QueryClient, update: (loaded: Loaded) => Loaded): void {
  void client.cancelQueries({ queryKey: headKey });
  client.setQueryData<Loaded>(listKey, (loaded) => (loaded === undefined ? undefined : update(loaded)));
}

function useMore(cursor: string | null): Pick<Library, 'hasMore' | 'loadingMore' | 'moreError' | 'loadMore'> {
  const client = useQueryClient();
  const next = useMutation({
    mutationFn: (from: string) => api.assets(from),
    onSuccess: (page, from) => {
      client.setQueryData<Loaded>(listKey, (loaded) => loaded && withNext(loaded, from, page));
    },
  });
  const { mutate, isPending, error } = next;
  const loadMore = useCallback(() => {
    if (cursor !== null && !isPending) mutate(cursor);
  }, [cursor, isPending, mutate]);
  return { hasMore: cursor !== null, loadingMore: isPending, moreError: error, loadMore };
}

/** Asks for the newest page now and then and merges it, so that what curl or an app stores appears by itself. */
function useHead(enabled: boolean, empty: boolean): boolean {
  const client = useQueryClient();
  const head = useQuery({
    queryKey: headKey,
    queryFn: ({ signal }) => api.assets(null, signal),
    enabled,
    refetchInterval: empty ? headIntervalMs.empty : headIntervalMs.filled,
    refetchOnWindowFocus: 'always',
  });
  useEffect(() => {
    const page = head.data;
    if (page !== undefined) client.setQueryData<Loaded>(listKey, (loaded) => loaded && withHead(loaded, page));
  }, [client, head.data]);

  const unreachable = head.error instanceof NoAnswerError;
  const before = useRef(unreachable);
  useEffect(() => {
    if (before.current && !unreachable) uploads.retryBroken();
    before.current = unreachable;
  }, [unreachable]);
  return unreachable;
}

/** Deleting hides a tile at once and asks the server then; undo and a refusal bring it back to its place. */
function useTrash(toasts: ToastStore): { trashed: ReadonlySet<string>; remove: (asset: Asset) => void } {
  const client = useQueryClient();
  const [trashed, setTrashed] = useState<ReadonlySet<string>>(new Set());

  const bringBack = useCallback(
    (asset: Asset) => {
      change(client, (loaded) => withAsset(loaded, asset));
      setTrashed((before) => new Set([...before].filter((id) => id !== asset.id)));
    },
    [client],
  );
  // Also for bytes that lay in the trash: uploading them again restores their asset.
  useEffect(() => uploads.onStored(bringBack), [bringBack]);

  const restore = useCallback(
    async (asset: Asset): Promise<void> => {
      try {
        bringBack(await api.restoreAsset(asset.id));
      } catch (error) {
        toasts.show(`${nameOf(asset)} could not be restored: ${messageOf(error)}`, {
          tone: 'error',
          action: { label: 'Try again', run: () => void restore(asset) },
        });
      }
    },
    [bringBack, toasts],
  );

  const remove = useCallback(
    async (asset: Asset): Promise<void> => {
      setTrashed((before) => new Set([...before, asset.id]));
      try {
        await api.deleteAsset(asset.id);
        toasts.show(`${nameOf(asset)} is in the trash.`, { action: { label: 'Undo', run: () => void restore(asset) } });
      } catch (error) {
        bringBack(asset);
        toasts.show(`${nameOf(asset)} could not be deleted: ${messageOf(error)}`, { tone: 'error' });
      }
    },
    [bringBack, restore, toasts],
  );

  return { trashed, remove: (asset) => void remove(asset) };
}

/** What to call an asset in a sentence. */
export function nameOf(asset: Asset): string {
  return asset.filename ?? asset.id;
}
