import type { QueryClient } from '@tanstack/react-query';
import type { Generation, GenerationPatch } from '../api/types';
import type { Item } from '../grid/item';
import { withoutItems, type Loaded } from './pages';
import { formatView, type View } from './view';

/** Names of what is cached. Everything under `list` is a Loaded. */
export const keys = {
  lists: ['list'] as const,
  list: (view: View) => ['list', view.place, formatView(view)] as const,
  libraryLists: ['list', 'library'] as const,
  trashLists: ['list', 'trash'] as const,
  heads: ['head'] as const,
  head: (view: View) => ['head', formatView(view)] as const,
  /** Everything that is counted. */
  facets: ['facets'] as const,
  generations: ['generation'] as const,
};

/** A head that is on its way was read before a change and must not undo it. */
export function stopHeads(client: QueryClient): void {
  void client.cancelQueries({ queryKey: keys.heads });
}

/** After a change: what counts the library is asked for again, and the trash is read anew. */
export function recount(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: keys.facets });
  void client.invalidateQueries({ queryKey: keys.trashLists, refetchType: 'none' });
  void client.invalidateQueries({ queryKey: keys.heads });
}

/** For items that the server has let go from a place: its lists lose them, and one on its way is asked for again. */
export function dropItems(client: QueryClient, place: View['place'], ids: ReadonlySet<string>): void {
  const queryKey = place === 'library' ? keys.libraryLists : keys.trashLists;
  void client.refetchQueries({ queryKey, predicate: ({ state }) => state.fetchStatus === 'fetching' });
  client.setQueriesData<Loaded>({ queryKey }, (loaded) => loaded && withoutItems(loaded, ids));
}

/** Shows a change of generations at once, wherever they are shown. */
export function patchGenerations(client: QueryClient, ids: ReadonlySet<string>, patch: GenerationPatch): void {
  const patched = (item: Item): Item =>
    item.generation !== null && ids.has(item.generation.id)
      ? { ...item, generation: { ...item.generation, ...patch } }
      : item;
  stopHeads(client);
  client.setQueriesData<Loaded>(
    { queryKey: keys.lists },
    (loaded) => loaded && { ...loaded, items: loaded.items.map(patched) },
  );
  client.setQueriesData<Generation>({ queryKey: keys.generations }, (generation) =>
    generation !== undefined && ids.has(generation.id) ? { ...generation, ...patch } : generation,
  );
}
