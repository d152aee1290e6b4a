import { expect, it } from 'vitest';
import { cut, excerpt } from './highlighted';

const marked = (text: string, ranges: [number, number][]) =>
  cut(text, ranges).map(({ part, hit }) => (hit ? `[${part}]` : part)).join('');

it('marks what was hit, at either end and between', () => {
  expect(marked('a neon fox', [[2, 6]])).toBe('a [neon] fox');
  expect(marked('fox', [[0, 3]])).toBe('[fox]');
  expect(marked('fox, fox', [[0, 3], [5, 8]])).toBe('[fox], [fox]');
  expect(marked('', [])).toBe('');
});

it('begins an excerpt shortly before the first hit, at a word', () => {
  const text = 'wide angle photograph of an old harbour where a neon fox walks';
  const at = text.indexOf('neon');
  const short = excerpt(text, [[at, at + 4], [at + 5, at + 8]]);
  expect(short.text).toBe('…an old harbour where a neon fox walks');
  expect(short.ranges.map(([begin, end]) => short.text.slice(begin, end))).toEqual(['neon', 'fox']);
});

it('keeps a text whose hit stands near its beginning, and one without spaces', () => {
  expect(excerpt('a neon fox', [[2, 6]])).toEqual({ text: 'a neon fox', ranges: [[2, 6]] });
  const long = `${'x'.repeat(60)}fox`;
  expect(excerpt(long, [[60, 63]])).toEqual({ text: '…fox', ranges: [[1, 4]] });
});
