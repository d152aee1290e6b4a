import { expect, it } from 'vitest';
import { parts } from './items';

it('asks for at most fifty generations at once, and for fewer whose names are long', () => {
  const short = Array.from({ length: 120 }, (_, n) => `g${n}`);
  expect(parts(short).map((part) => part.length)).toEqual([50, 50, 20]);
  const long = Array.from({ length: 40 }, (_, n) => 'x'.repeat(250) + n);
  expect(parts(long).flat()).toEqual(long);
  for (const part of parts(long)) {
    expect(part.map((id) => `&generation=${id}`).join('').length).toBeLessThanOrEqual(6000);
  }
  expect(parts([])).toEqual([]);
});

it('leaves room for the words that are searched for, also for the longest', () => {
  const ids = Array.from({ length: 50 }, (_, n) => 'x'.repeat(60) + n);
  const words = '林'.repeat(500);
  expect(parts(ids).length).toBe(1);
  expect(parts(ids, words).flat()).toEqual(ids);
  for (const part of parts(ids, words)) {
    const names = part.map((id) => `&generation=${id}`).join('');
    expect(encodeURIComponent(words).length + names.length).toBeLessThanOrEqual(6000);
  }
});
