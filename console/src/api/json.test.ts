import { expect, it, vi } from 'vitest';
import { errorOf } from './errors';
import { parseJson, prettyJson, type Json } from './json';

it('writes indented JSON, digits of a bigint included', () => {
  const value: Json = { seed: 18446744073709551615n, loras: [{ name: 'rain', weight: 0.8 }], empty: [], none: {} };
  expect(prettyJson(value)).toBe(`{
  "seed": 18446744073709551615,
  "loras": [
    {
      "name": "rain",
      "weight": 0.8
    }
  ],
  "empty": [],
  "none": {}
}`);
});

it('keeps every digit of a seed where the engine shows the source', () => {
  // Node 20 has no source text in revivers; there the number is rounded as JSON.parse rounds it.
  const native = parseJson('{"seed": 884213, "big": 18446744073709551615, "x": 0.1}') as Record<string, unknown>;
  expect(native['seed']).toBe(884213);
  expect(native['x']).toBe(0.1);
  expect(String(native['big'])).toMatch(/^1844674407370955\d+$/);
});

it('looks at each number only where one may be too long, wherever it stands', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const looked = (text: string) => {
    parseJson(text);
    return parse.mock.lastCall?.[1] !== undefined;
  };
  const long = '9007199254740993';
  for (const text of [long, `-${long}`, `[${long}]`, `[1,${long}]`, `[1, -${long}]`, `{"a":${long}}`, `{"a":\n${long}}`]) {
    expect(looked(text), text).toBe(true);
  }
  for (const text of ['{"size":123456789012345}', `{"id":"img_${long}"}`, '[]']) expect(looked(text), text).toBe(false);
  parse.mockRestore();
});

it('reads a refusal in words, with the fields it names when they are several', () => {
  const refusal = (fields: object[]) => JSON.stringify({ error: 'Two things.', code: 'VALIDATION_FAILED', requestId: 'r1', fields });
  const size = { path: 'size', code: 'x', message: 'is 9' };
  const error = errorOf(400, refusal([size, { path: 'id', code: 'x', message: 'is short' }]), '7');
  expect(error).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', requestId: 'r1', retryAfterSeconds: 7 });
  expect(error.message).toBe('Two things. size: is 9 id: is short');
  expect(errorOf(400, refusal([size]), null).message).toBe('Two things.');
});

it('names a refusal that is not ours by its status', () => {
  expect(errorOf(502, '<html>Bad gateway</html>', null).message).toBe('The server answered with status 502.');
  expect(errorOf(400, 'null', 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfterSeconds).toBeNull();
});
