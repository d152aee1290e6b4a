import { expect, it } from 'vitest';
import type { Item } from './item';
import { noneSelected, withRange, withToggled } from './selected';

const items = ['a', 'b', 'c', 'd'].map((id): Item => ({ id, asset: null, generation: null, at: '', purgeAt: null }));

it('toggles one and leaves the rest', () => {
  const two = withToggled(withToggled(noneSelected, 'a'), 'c');
  expect([...two]).toEqual(['a', 'c']);
  expect([...withToggled(two, 'a')]).toEqual(['c']);
  expect(noneSelected.size).toBe(0);
});

it('adds a range in either direction to what is selected', () => {
  expect([...withRange(new Set(['d']), items, 2, 0)].sort()).toEqual(['a', 'b', 'c', 'd']);
  expect([...withRange(noneSelected, items, 1, 2)]).toEqual(['b', 'c']);
});
