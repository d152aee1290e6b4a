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
