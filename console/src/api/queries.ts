import { QueryCache, QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api } from './client';
import { ApiError, NoAnswerError } from './errors';
import type { Asset, Generation, Me } from './types';

/** networkMode `always`: the server is often on this very machine, where navigator.onLine says nothing. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== 'me') askWhoIsThere();
    },
  }),
  defaultOptions: {
    queries: { networkMode: 'always', retry: false, refetchOnWindowFocus: false, staleTime: Infinity },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** After a 401: the login has ended, and /v1/me decides whether to show the sign-in form. */
export function askWhoIsThere(): void {
  void queryClient.invalidateQueries({ queryKey: ['me'] });
}

export function useMe(): UseQueryResult<Me> {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.me(signal),
    refetchInterval: (query) => (query.state.error instanceof NoAnswerError ? 2000 : false),
  });
}

export const generationKey = (id: string) => ['generation', id] as const;

export function useGeneration(id: string | null): UseQueryResult<Generation> {
  return useQuery({
    queryKey: generationKey(id ?? ''),
    queryFn: ({ signal }) => api.generation(id as string, signal),
    enabled: id !== null,
    staleTime: 60_000,
  });
}

/** One asset that the loaded list does not hold, such as one that a link names. */
export function useAsset(id: string | null): UseQueryResult<Asset> {
  return useQuery({
    queryKey: ['asset', id],
    queryFn: ({ signal }) => api.asset(id as string, signal),
    enabled: id !== null,
    staleTime: 60_000,
  });
}
