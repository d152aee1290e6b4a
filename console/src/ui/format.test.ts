import { expect, it } from 'vitest';
import { fileExtension, formatBytes, formatCount, formatDuration, formatElapsed } from './format';

it('formats bytes in decimal units', () => {
  expect([0, 1, 999, 1000, 1_900_000, 12_345_678, 999_499, 999_500, 9_960, 5e9, 2e15].map(formatBytes)).toEqual([
    '0 bytes', '1 byte', '999 bytes', '1.0 KB', '1.9 MB', '12 MB', '999 KB', '1.0 MB', '10 KB', '5.0 GB', '2000 TB',
  ]);
});

it('formats the time an answer took', () => {
  expect([0.2, 38.4, 999.4, 999.6, 1400, 9_960, 61_000, 200_000].map(formatElapsed)).toEqual([
    '1 ms', '38 ms', '999 ms', '1.0 s', '1.4 s', '10 s', '61 s', '3 min',
  ]);
});

it('formats the length of clips', () => {
  expect([0.3, 4.2, 59.6, 65, 3753].map(formatDuration)).toEqual(['1 s', '4 s', '1:00', '1:05', '1:02:33']);
});

it('counts with a thin space', () => {
  expect(formatCount(1, 'picture', 'pictures')).toBe('1 picture');
  expect(formatCount(12_418, 'picture', 'pictures')).toBe('12\u202f418 pictures');
});

it('takes the extension from the end of a name', () => {
  expect(['a.tar.gz', 'workflow.json', 'README', null, 'x.verylong', 'strange.p%g'].map(fileExtension)).toEqual([
    'GZ', 'JSON', 'FILE', 'FILE', 'FILE', 'FILE',
  ]);
});
