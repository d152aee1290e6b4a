import { itemOfAsset, itemsOfGeneration, itemsOfTrash, type Item } from '../grid/item';
import { filtersOf, listsGenerations, type View } from '../library/view';
import { api, pageSize } from './client';
import type { Asset, Generation, Page } from './types';

/** Values of one filter that a request may name, and the room its address has for them. */
const mostValues = 50;
const mostCharacters = 6000;

/** One page of what a view shows, newest first. */
export async function fetchItems(view: View, cursor: string | null, signal?: AbortSignal): Promise<Page<Item>> {
  const query = view.place === 'trash' ? new URLSearchParams() : filtersOf(view);
  query.set('limit', String(pageSize));
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
  const found = new Map<string, Generation>();
  const look = async (part: string[], words: string) => {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (words !== '') query.set('q', words);
    for (const id of part) query.append('generation', id);
    for (const generation of (await api.generations(query, signal)).items) found.set(generation.id, generation);
  };
  await Promise.all(parts(ids).map((part) => look(part, q.trim())));
  // An asset that was found by its own name alone belongs to a generation that the words do not find.
  const missed = ids.filter((id) => !found.has(id));
  if (q.trim() !== '') await Promise.all(parts(missed).map((part) => look(part, '')));
  return found;
}

/** Cut so that each part fits into one request. */
export function parts(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const length = encodeURIComponent(id).length + '&generation='.length;
    const last = all.at(-1);
    if (last === undefined || last.length === mostValues || length > room) {
      all.push([id]);
      room = mostCharacters - length;
    } else {
      last.push(id);
      room -= length;
    }
  }
  return all;
}
