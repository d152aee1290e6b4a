import { api, pageSize } from '../api/client';
import type { Asset, Generation, Page } from '../api/types';
import { itemOfAsset, itemsOfGeneration, itemsOfTrash, type Item } from '../grid/item';
import { filtersOf, isLatestFirst, listsGenerations, type View } from './view';

/** Values of one filter that a request may name, and the room its address has for them. */
const mostValues = 50;
const mostCharacters = 6000;

/** One page of what a view shows, in its order. */
export async function fetchItems(view: View, cursor: string | null, signal?: AbortSignal): Promise<Page<Item>> {
  const query = view.place === 'trash' ? new URLSearchParams() : filtersOf(view);
  query.set('limit', String(pageSize));
  if (!isLatestFirst(view)) query.set('sort', view.sort);
  if (cursor !== null) query.set('cursor', cursor);
  if (view.place === 'trash') {
    const { items, nextCursor } = await api.trash(query, signal);
    return { items: items.flatMap(itemsOfTrash), nextCursor };
  }
  if (listsGenerations(view)) {
    const { items, nextCursor } = await api.generations(query, signal);
    return { items: items.flatMap(itemsOfGeneration), nextCursor };
  }
  const { items, nextCursor } = await api.assets(query, signal);
  const generations = await generationsOf(items, view.q, signal);
  const join = (asset: Asset) => itemOfAsset(asset, generations.get(asset.generationId ?? '') ?? null);
  return { items: items.map(join), nextCursor };
}

/** The generations that these assets come from, by id. With words to search for they say where they hit. */
async function generationsOf(
  assets: readonly Asset[],
  q: string,
  signal?: AbortSignal,
): Promise<Map<string, Generation>> {
  const ids = [...new Set(assets.map((asset) => asset.generationId).filter((id) => id !== null))];
  const words = q.trim();
  const found = new Map<string, Generation>();
  const look = async (part: string[], wanted: { q?: string }) => {
    const query = new URLSearchParams({ limit: String(pageSize), ...wanted });
    for (const id of part) query.append('generation', id);
    for (const generation of (await api.generations(query, signal)).items) found.set(generation.id, generation);
  };
  if (words !== '') await Promise.all(parts(ids, words).map((part) => look(part, { q: words })));
  // An asset that was found by its own name alone belongs to a generation that the words do not find.
  const missed = ids.filter((id) => !found.has(id));
  await Promise.all(parts(missed).map((part) => look(part, {})));
  return found;
}

/** Cut so that each part fits into one request, beside the words that are searched for. */
export function parts(ids: readonly string[], words = ''): string[][] {
  const all: string[][] = [];
  const roomBesideWords = mostCharacters - encodeURIComponent(words).length;
  let room = 0;
  for (const id of ids) {
    const length = encodeURIComponent(id).length + '&generation='.length;
    const last = all.at(-1);
    if (last === undefined || last.length === mostValues || length > room) {
      all.push([id]);
      room = roomBesideWords - length;
    } else {
      last.push(id);
      room -= length;
    }
  }
  return all;
}
