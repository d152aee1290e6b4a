import { expect, it } from 'vitest';
import type { Facets } from '../api/types';
import { countWords, failedCount, totalOf, valuesOf } from './facets';
import { toggled, wholeLibrary } from './view';

const facets: Facets = {
  facets: {
    type: [
      { value: 'image', count: 12418 },
      { value: 'video', count: 311 },
    ],
    model: [{ value: 'flux', count: 3 }],
    lora: [],
    sampler: [],
    provider: [],
    category: [],
    tag: [],
    favorite: [],
    status: [{ value: 'failed', count: 4 }],
  },
  approximate: false,
};

it('counts what the view holds', () => {
  expect(countWords(facets, wholeLibrary)).toEqual(['12\u202f418 pictures', '311 clips']);
  expect(countWords(facets, toggled(wholeLibrary, 'type', 'video'))).toEqual(['311 clips']);
  expect(totalOf(facets, wholeLibrary)).toBe(12729);
  expect(totalOf(facets, toggled(wholeLibrary, 'type', 'video'))).toBe(311);
  expect(failedCount(facets)).toBe(4);
});

it('says when it does not know exactly', () => {
  const many = { ...facets, approximate: true };
  expect(countWords(many, wholeLibrary)[0]).toBe('more than 12\u202f418 pictures');
  expect(totalOf(many, wholeLibrary)).toBeNull();
  expect(totalOf(undefined, wholeLibrary)).toBeNull();
  expect(totalOf(facets, toggled(wholeLibrary, 'status', 'failed'))).toBeNull();
});

it('keeps a chosen value in its list when nothing has it any more', () => {
  expect(valuesOf(facets, 'model', ['gone', 'flux'])).toEqual([
    { value: 'flux', count: 3 },
    { value: 'gone', count: 0 },
  ]);
});
