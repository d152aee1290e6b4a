import { useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { bulk, completed, undo, type Done } from '../api/bulk';
import { api } from '../api/client';
import { messageOf } from '../api/errors';
import { generationKey } from '../api/queries';
import type { GenerationPatch, UploadedAsset } from '../api/types';
import { itemOfAsset, nameOf, wireId, type Item } from '../grid/item';
import { formatCount } from '../ui/format';
import type { ToastStore } from '../ui/toasts';
import { uploads } from '../uploads/uploads';
import { dropItems, keys, patchGenerations, recount, stopHeads } from './cache';
import { positionsOf, withItems, type Loaded, type Positions } from './pages';
import { wholeLibrary, type View } from './view';

type Place = View['place'];
type Hidden = Record<Place, ReadonlySet<string>>;

/** What can be done to items. Each shows at once, then asks the server; a refusal is shown and taken back. */
export interface Changes {
  /** Items that leave a place, until the server has said so. */
  hidden: Hidden;
  trash: (items: readonly Item[]) => void;
  restore: (items: readonly Item[]) => void;
  purge: (items: readonly Item[]) => void;
  emptyTrash: () => void;
  /** Sets members of the generations that the items come from; files without one are left alone and named. */
  update: (items: readonly Item[], patch: (item: Item) => GenerationPatch, said: string) => void;
}

export function useChanges(toasts: ToastStore): Changes {
  const client = useQueryClient();
  const [hidden, setHidden] = useState<Hidden>({ library: new Set(), trash: new Set() });
  const hide = useCallback(
    (items: readonly Item[], place: Place) => {
      stopHeads(client);
      setHidden((before) => ({ ...before, [place]: new Set([...before[place], ...idsOf(items)]) }));
    },
    [client],
  );
  const unhide = useCallback((items: readonly Item[], place: Place) => {
    const ids = idsOf(items);
    setHidden((before) => ({ ...before, [place]: new Set([...before[place]].filter((id) => !ids.has(id))) }));
  }, []);
  useStored(client);

  return useMemo(() => {
    const parts = { client, toasts, hide, unhide };
    return {
      hidden,
      trash: (items) => void trash(parts, items),
      restore: (items) => void restore(parts, items),
      purge: (items) => void purge(parts, items),
      emptyTrash: () => void emptyTrash(parts),
      update: (items, patch, said) => void update(parts, items, patch, said),
    };
  }, [client, toasts, hidden, hide, unhide]);
}

interface Parts {
  client: QueryClient;
  toasts: ToastStore;
  hide: (items: readonly Item[], place: Place) => void;
  unhide: (items: readonly Item[], place: Place) => void;
}

const idsOf = (items: readonly Item[]): ReadonlySet<string> => new Set(items.map((item) => item.id));

/** Also for bytes that lay in the trash: uploading them again restores their asset. */
function useStored(client: QueryClient): void {
  useEffect(() => {
    const appear = async (asset: UploadedAsset) => {
      const id = asset.generationId;
      const asked =
        id === null ? null : client.fetchQuery({ queryKey: generationKey(id), queryFn: () => api.generation(id) });
      const item = itemOfAsset(asset, await (asked?.catch(() => null) ?? null));
      stopHeads(client);
      client.setQueryData<Loaded>(keys.list(wholeLibrary), (loaded) => loaded && withItems(loaded, [item]));
      recount(client);
    };
    return uploads.onStored((asset) => void appear(asset));
  }, [client]);
}

/** Where items stand in one list. */
interface Standing {
  queryKey: QueryKey;
  items: readonly Item[];
  positions: Positions;
}

function standingsOf(client: QueryClient, items: readonly Item[]): Standing[] {
  const ids = idsOf(items);
  return client.getQueriesData<Loaded>({ queryKey: keys.libraryLists }).flatMap(([queryKey, loaded]) => {
    const here = loaded?.items.filter((item) => ids.has(item.id)) ?? [];
    return loaded === undefined || here.length === 0 ? [] : [{ queryKey, items: here, positions: positionsOf(loaded) }];
  });
}

interface Leaving {
  from: Place;
  action: 'trash' | 'restore' | 'purge';
  /** What a refusal says is not done: "deleted". */
  done: string;
}

interface Left {
  gone: readonly Item[];
  done: Done;
}

/** Hides the items at once. What the server lets go leaves the lists; the rest is shown again, with the reason. */
async function leave(parts: Parts, items: readonly Item[], { from, action, done: word }: Leaving): Promise<Left> {
  const { client, toasts, hide, unhide } = parts;
  hide(items, from);
  const done = await bulk({ action }, items.map(wireId));
  const gone = items.filter((item) => done.ids.has(wireId(item)));
  const staying = items.filter((item) => !done.ids.has(wireId(item)));
  if (gone.length > 0) {
    stopHeads(client);
    dropItems(client, from, idsOf(gone));
    recount(client);
  }
  unhide(items, from);
  if (staying.length > 0) {
    toasts.show(`${subject(staying)} not ${word}: ${messageOf(done.error)}`, { tone: 'error' });
  }
  return { gone, done };
}

async function trash(parts: Parts, items: readonly Item[]): Promise<void> {
  const { client, toasts } = parts;
  const standings = standingsOf(client, items);
  const { gone, done } = await leave(parts, items, { from: 'library', action: 'trash', done: 'deleted' });
  if (gone.length === 0) return;
  toasts.show(`${subject(gone)} in the trash.`, {
    action: { label: 'Undo', run: () => void takeBack(parts, gone, done, standings) },
  });
}

async function takeBack(
  parts: Parts,
  items: readonly Item[],
  done: Done,
  standings: readonly Standing[],
): Promise<void> {
  const { client, toasts } = parts;
  const ids = idsOf(items);
  try {
    await undo(done);
    stopHeads(client);
    dropItems(client, 'trash', ids);
    for (const { queryKey, items: here, positions } of standings) {
      const back = here.filter((item) => ids.has(item.id));
      client.setQueryData<Loaded>(queryKey, (loaded) => loaded && withItems(loaded, back, positions));
    }
    recount(client);
  } catch (error) {
    toasts.show(`${subject(items)} not restored: ${messageOf(error)}`, {
      tone: 'error',
      action: { label: 'Try again', run: () => void takeBack(parts, items, done, standings) },
    });
  }
}

async function restore(parts: Parts, items: readonly Item[]): Promise<void> {
  const { gone } = await leave(parts, items, { from: 'trash', action: 'restore', done: 'restored' });
  if (gone.length === 0) return;
  // Where they belong in the list, and with what recipe, is known only to the server.
  parts.client.removeQueries({ queryKey: keys.libraryLists });
  parts.toasts.show(`${subject(gone)} back in the library.`);
}

async function purge(parts: Parts, items: readonly Item[]): Promise<void> {
  const { gone } = await leave(parts, items, { from: 'trash', action: 'purge', done: 'removed' });
  if (gone.length > 0) parts.toasts.show(`${subject(gone)} gone for good.`);
}

async function emptyTrash({ client, toasts }: Parts): Promise<void> {
  try {
    await completed(await api.emptyTrash());
    toasts.show('The trash is empty.');
  } catch (error) {
    toasts.show(`The trash could not be emptied: ${messageOf(error)}`, { tone: 'error' });
  }
  recount(client);
  await client.invalidateQueries({ queryKey: keys.trashLists });
}

async function update(
  parts: Parts,
  items: readonly Item[],
  patch: (item: Item) => GenerationPatch,
  said: string,
): Promise<void> {
  const { client, toasts } = parts;
  const groups = groupsOf(items, patch);
  const changed = groups.flatMap((group) => group.ids).length;
  if (changed === 0) {
    toasts.show(`${subject(items)} without a recipe, and only what comes with one can be marked.`);
    return;
  }
  const before = groupsOf(items, (item) => membersOf(item, Object.keys(patch(item))));
  show(client, groups);
  const done = await mark(groups);
  recount(client);
  const marked = narrowed(before, (id) => done.ids.has(id));
  // One is seen where it is done; of many, most are out of sight.
  if (items.length > 1 && done.ids.size > 0) {
    toasts.show(`${said} ${formatCount(done.ids.size, 'item', 'items')}.`, {
      action: { label: 'Undo', run: () => void unmark(parts, done, marked) },
    });
  }
  if (done.error !== null) {
    show(client, narrowed(before, (id) => !done.ids.has(id)));
    const left = formatCount(changed - done.ids.size, 'item', 'items');
    const how = done.ids.size === 0 ? 'Not changed' : `${left} not changed`;
    toasts.show(`${how}: ${messageOf(done.error)}`, { tone: 'error' });
  }
}

/** One bulk update for each group; it ends at the first refusal, as bulk() does. */
async function mark(groups: readonly Group[]): Promise<Done> {
  const operations: string[] = [];
  const ids = new Set<string>();
  for (const group of groups) {
    const part = await bulk({ action: 'update', set: group.set }, group.ids);
    operations.push(...part.operations);
    for (const id of part.ids) ids.add(id);
    if (part.error !== null) return { operations, ids, error: part.error };
  }
  return { operations, ids, error: null };
}

const narrowed = (groups: readonly Group[], holds: (id: string) => boolean): Group[] =>
  groups.map(({ ids, set }) => ({ ids: ids.filter(holds), set }));

async function unmark({ client, toasts }: Parts, done: Done, before: readonly Group[]): Promise<void> {
  try {
    await undo(done);
    show(client, before);
    recount(client);
  } catch (error) {
    toasts.show(`Not undone: ${messageOf(error)}`, { tone: 'error' });
  }
}

function show(client: QueryClient, groups: readonly Group[]): void {
  for (const { ids, set } of groups) patchGenerations(client, new Set(ids), set);
}

function membersOf({ generation }: Item, names: readonly string[]): GenerationPatch {
  const members = Object.entries(generation ?? {}).filter(([name]) => names.includes(name));
  return Object.fromEntries(members) as GenerationPatch;
}

interface Group {
  ids: string[];
  set: GenerationPatch;
}

/** A bulk update sets the same for all: generations that end up alike go together. */
export function groupsOf(items: readonly Item[], patch: (item: Item) => GenerationPatch): Group[] {
  const groups = new Map<string, Group>();
  const seen = new Set<string>();
  for (const item of items) {
    if (item.generation === null || seen.has(item.generation.id)) continue;
    seen.add(item.generation.id);
    const set = patch(item);
    const name = JSON.stringify(set);
    const group = groups.get(name) ?? { ids: [], set };
    group.ids.push(item.generation.id);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** "fox.png is", "12 items are": the beginning of a sentence. */
function subject(items: readonly Item[]): string {
  const [only, ...others] = items;
  if (only !== undefined && others.length === 0) return `${nameOf(only)} is`;
  return `${formatCount(items.length, 'item', 'items')} are`;
}
