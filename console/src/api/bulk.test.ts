import { afterEach, expect, it, vi } from 'vitest';
import { bulk, undo } from './bulk';
import { api } from './client';
import type { BulkOperation } from './types';

const ids = Array.from({ length: 2500 }, (_, n) => `img_${n}`);
const completed = (operation: string): BulkOperation => ({ operation, state: 'completed', matched: 1, changed: 1 });

afterEach(() => vi.restoreAllMocks());

it('asks for a thousand at once, and waits for what goes on behind its answer', async () => {
  const asked = vi.spyOn(api, 'bulk').mockImplementation(async () => ({ ...completed('op'), state: 'running' }));
  vi.spyOn(api, 'bulkOperation').mockImplementation(async () => completed('op'));
  const done = await bulk({ action: 'trash' }, ids);
  expect(asked.mock.calls.map(([input]) => input.ids?.length)).toEqual([1000, 1000, 500]);
  expect([done.operations.length, done.ids.size, done.error]).toEqual([3, 2500, null]);
});

it('says what is done when a later part is refused', async () => {
  const refusal = new Error('No.');
  vi.spyOn(api, 'bulk').mockResolvedValueOnce(completed('first')).mockRejectedValueOnce(refusal);
  const done = await bulk({ action: 'trash' }, ids);
  expect(done.operations).toEqual(['first']);
  expect([done.ids.size, done.ids.has('img_999'), done.ids.has('img_1000')]).toEqual([1000, true, false]);
  expect(done.error).toBe(refusal);
});

it('takes back the latest first, and after a refusal only the rest', async () => {
  const taken: string[] = [];
  const asked = vi.spyOn(api, 'undoBulk').mockImplementation(async (id) => {
    taken.push(id);
    return completed(id);
  });
  const done = { operations: ['a', 'b', 'c'], ids: new Set<string>(), error: null };
  asked.mockImplementationOnce(async () => completed('c')).mockRejectedValueOnce(new Error('No.'));
  await expect(undo(done)).rejects.toThrow('No.');
  expect(done.operations).toEqual(['a', 'b']);
  await undo(done);
  expect(taken).toEqual(['b', 'a']);
});
