import { useQueryClient, type QueryClient } from '@tanstack/react-query';
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
import { keys, patchGenerations, recount, stopHeads } from './cache';
import { withItem, type Loaded } from './pages';
import { wholeLibrary, type View } from './view';

type Place = View['place'];
type Hidden = Record<Place, ReadonlySet<string>>;

/** What can be done to items. Each shows at once, then asks the server; a refusal is shown and taken back. */
export interface Changes {
  /** Items that have left a place, while its list may still hold them. */
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
  const move = useCallback(
    (items: readonly Item[], from: Place, to: Place | null) => {
      stopHeads(client);
      const ids = items.map((item) => item.id);
      setHidden((before) => {
        const next = { ...before, [from]: new Set([...before[from], ...ids]) };
        if (to !== null) next[to] = new Set([...before[to]].filter((id) => !ids.includes(id)));
        return next;
      });
    },
    [client],
  );
  const unhide = useCallback(
    (items: readonly Item[], place: Place) => {
      stopHeads(client);
      const ids = new Set(items.map((item) => item.id));
      setHidden((before) => ({ ...before, [place]: new Set([...before[place]].filter((id) => !ids.has(id))) }));
    },
    [client],
  );
  useStored(client, unhide);

  return useMemo(() => {
    const parts = { client, toasts, move, unhide };
    return {
      hidden,
      trash: (items) => void trash(parts, items),
      restore: (items) => void restore(parts, items),
      purge: (items) => void purge(parts, items),
      emptyTrash: () => void emptyTrash(parts),
      update: (items, patch, said) => void update(parts, items, patch, said),
    };
  }, [client, toasts, hidden, move, unhide]);
}

interface Parts {
  client: QueryClient;
  toasts: ToastStore;
  move: (items: readonly Item[], from: Place, to: Place | null) => void;
  unhide: (items: readonly Item[], place: Place) => void;
}

/** Also for bytes that lay in the trash: uploading them again restores their asset. */
function useStored(client: QueryClient, unhide: Parts['unhide']): void {
  useEffect(() => {
    const appear = async (asset: UploadedAsset) => {
      const id = asset.generationId;
      const asked =
        id === null ? null : client.fetchQuery({ queryKey: generationKey(id), queryFn: () => api.generation(id) });
      const item = itemOfAsset(asset, await (asked?.catch(() => null) ?? null));
      unhide([item], 'library');
      putBack(client, [item]);
      recount(client);
    };
    return uploads.onStored((asset) => void appear(asset));
  }, [client, unhide]);
}

/** Lists that a head has brought up to date meanwhile have lost the items. */
function putBack(client: QueryClient, items: readonly Item[]): void {
  client.setQueryData<Loaded>(keys.list(wholeLibrary), (loaded) => loaded && items.reduce(withItem, loaded));
}

async function trash(parts: Parts, items: readonly Item[]): Promise<void> {
  const { client, toasts, move, unhide } = parts;
  move(items, 'library', 'trash');
  try {
    const done = await bulk({ action: 'trash' }, items.map(wireId));
    recount(client);
    toasts.show(`${subject(items)} in the trash.`, {
      action: { label: 'Undo', run: () => void takeBack(parts, items, done) },
    });
  } catch (error) {
    unhide(items, 'library');
    toasts.show(`${subject(items)} not deleted: ${messageOf(error)}`, { tone: 'error' });
  }
}

async function takeBack(parts: Parts, items: readonly Item[], done: Done): Promise<void> {
  const { client, toasts, move } = parts;
  try {
    await undo(done);
    move(items, 'trash', 'library');
    putBack(client, items);
    recount(client);
  } catch (error) {
    toasts.show(`${subject(items)} not restored: ${messageOf(error)}`, {
      tone: 'error',
      action: { label: 'Try again', run: () => void takeBack(parts, items, done) },
    });
  }
}

async function restore({ client, toasts, move, unhide }: Parts, items: readonly Item[]): Promise<void> {
  move(items, 'trash', 'library');
  try {
    await bulk({ action: 'restore' }, items.map(wireId));
    // Where they belong in the list, and with what recipe, is known only to the server.
    client.removeQueries({ queryKey: keys.libraryLists });
    recount(client);
    toasts.show(`${subject(items)} back in the library.`);
  } catch (error) {
    unhide(items, 'trash');
    toasts.show(`${subject(items)} not restored: ${messageOf(error)}`, { tone: 'error' });
  }
}

async function purge({ client, toasts, move, unhide }: Parts, items: readonly Item[]): Promise<void> {
  move(items, 'trash', null);
  try {
    await bulk({ action: 'purge' }, items.map(wireId));
    recount(client);
    toasts.show(`${subject(items)} gone for good.`);
  } catch (error) {
    unhide(items, 'trash');
    toasts.show(`${subject(items)} not removed: ${messageOf(error)}`, { tone: 'error' });
  }
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
  const done: Done = { operations: [], changed: 0 };
  show(client, groups);
  try {
    for (const { ids, set } of groups) {
      const part = await bulk({ action: 'update', set }, ids);
      done.operations.push(...part.operations);
    }
    recount(client);
    // One is seen where it is done; of many, most are out of sight.
    if (items.length > 1) {
      toasts.show(`${said} ${formatCount(changed, 'item', 'items')}.`, {
        action: { label: 'Undo', run: () => void unmark(parts, done, before) },
      });
    }
  } catch (error) {
    show(client, before);
    recount(client);
    toasts.show(`Not changed: ${messageOf(error)}`, { tone: 'error' });
  }
}

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
