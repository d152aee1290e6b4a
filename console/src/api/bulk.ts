import { api, type BulkInput } from './client';
import type { BulkOperation } from './types';

const mostIds = 1000;
const pollMs = 250;

/** What was done, so that it can be told and taken back. */
export interface Done {
  operations: string[];
  /** What was asked for and is done; the rest of what was asked for is not. */
  ids: ReadonlySet<string>;
  /** Why not all of it is; null when it is. */
  error: unknown;
}

/**
 * Does one thing to any number of generations and assets, and resolves when it is done. It ends at the first refusal:
 * what was done before stays done, and the answer says what that is.
 */
export async function bulk(input: Omit<BulkInput, 'ids' | 'filter'>, ids: readonly string[]): Promise<Done> {
  const operations: string[] = [];
  const done = new Set<string>();
  try {
    for (let at = 0; at < ids.length; at += mostIds) {
      const part = ids.slice(at, at + mostIds);
      operations.push((await completed(await api.bulk({ ...input, ids: part }))).operation);
      for (const id of part) done.add(id);
    }
  } catch (error) {
    return { operations, ids: done, error };
  }
  return { operations, ids: done, error: null };
}

/** Takes back the latest first, and forgets each that is: after a refusal it can be called again for the rest. */
export async function undo({ operations }: Done): Promise<void> {
  for (let last = operations.at(-1); last !== undefined; last = operations.at(-1)) {
    await completed(await api.undoBulk(last));
    operations.pop();
  }
}

/** Large work goes on behind its answer. */
export async function completed(operation: BulkOperation): Promise<BulkOperation> {
  let now = operation;
  while (now.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    now = await api.bulkOperation(now.operation);
  }
  return now;
}
