import { expect, it } from 'vitest';
import type { Generation } from '../api/types';
import { itemOfGeneration, type Item } from '../grid/item';
import { groupsOf } from './changes';

const item = (id: string, tags: string[]): Item =>
  itemOfGeneration({ id, tags, createdAt: '' } as unknown as Generation);

it('puts together what ends up alike', () => {
  const items = [item('a', ['x']), item('b', []), item('c', ['x'])];
  expect(groupsOf(items, ({ generation }) => ({ tags: [...(generation?.tags ?? []), 'new'] }))).toEqual([
    { ids: ['a', 'c'], set: { tags: ['x', 'new'] } },
    { ids: ['b'], set: { tags: ['new'] } },
  ]);
});

it('changes a generation once, however many of its files are chosen, and no file without one', () => {
  const bare: Item = { ...item('z', []), id: 'file_1', generation: null };
  expect(groupsOf([item('a', []), item('a', []), bare], () => ({ favorite: true }))).toEqual([
    { ids: ['a'], set: { favorite: true } },
  ]);
});
