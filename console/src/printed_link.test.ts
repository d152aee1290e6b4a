import { expect, test } from 'vitest';
import { parsePrintedLink } from './printed_link';

test('a printed link says what its secret is for', () => {
  expect(parsePrintedLink('#token=aB-_9')).toEqual({ kind: 'token', secret: 'aB-_9' });
  expect(parsePrintedLink('#setup=x')).toEqual({ kind: 'setup', secret: 'x' });
});

test('any other address is none', () => {
  for (const hash of ['', '#', '#token=', '#token', '#img_abc', '#other=x', '#setup=a&b', 'token=x']) {
    expect(parsePrintedLink(hash), hash).toBeNull();
  }
});
