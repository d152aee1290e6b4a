import { useMemo } from 'react';
import type { Item } from '../grid/item';
import { formatCount } from '../ui/format';
import type { Question } from '../ui/confirm';
import type { Changes } from './changes';

/** What people do to items, in their words. */
export interface Actions {
  /** Marks all; when all are marked, unmarks them. */
  favorite: (items: readonly Item[]) => void;
  rate: (items: readonly Item[], rating: number | null) => void;
  addTag: (items: readonly Item[], tag: string) => void;
  removeTag: (items: readonly Item[], tag: string) => void;
  /** Into the trash, with Undo. */
  remove: (items: readonly Item[]) => void;
  restore: (items: readonly Item[]) => void;
  /** Asks first. */
  purge: (items: readonly Item[]) => void;
  emptyTrash: () => void;
}

export function useActions(changes: Changes, ask: (question: Question) => void): Actions {
  return useMemo(
    () => ({
      favorite: (items) => {
        const marked = items.filter((item) => item.generation !== null).every((item) => item.generation?.favorite);
        changes.update(items, () => ({ favorite: !marked }), marked ? 'No longer favourites:' : 'Favourites:');
      },
      rate: (items, rating) => changes.update(items, () => ({ rating }), 'Rated'),
      addTag: (items, tag) => {
        const without = items.filter((item) => !item.generation?.tags.includes(tag));
        if (without.length === 0) return;
        changes.update(without, (item) => ({ tags: [...(item.generation?.tags ?? []), tag] }), `Tagged “${tag}”:`);
      },
      removeTag: (items, tag) => {
        const having = items.filter((item) => item.generation?.tags.includes(tag));
        const others = (item: Item) => item.generation?.tags.filter((other) => other !== tag) ?? [];
        changes.update(having, (item) => ({ tags: others(item) }), `No longer tagged “${tag}”:`);
      },
      remove: changes.trash,
      restore: changes.restore,
      purge: (items) =>
        ask({
          title: `Delete ${formatCount(items.length, 'item', 'items')} for good?`,
          text: 'Nothing brings them back.',
          verb: 'Delete for good',
          run: () => changes.purge(items),
        }),
      emptyTrash: () =>
        ask({
          title: 'Empty the trash?',
          text: 'Everything that lies in it is deleted for good. Nothing brings it back.',
          verb: 'Empty the trash',
          run: changes.emptyTrash,
        }),
    }),
    [changes, ask],
  );
}
