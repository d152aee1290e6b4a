import { api, type BulkInput } from './client';
import type { BulkOperation } from './types';

const mostIds = 1000;
const pollMs = 250;

/** What was done, so that it can be taken back. */
export interface Done {
  operations: string[];
  changed: number;
}

/** Does one thing to any number of generations and assets, and resolves when it is done. */
export async function bulk(input: Omit<BulkInput, 'ids' | 'filter'>, ids: readonly string[]): Promise<Done> {
  const done: Done = { operations: [], changed: 0 };
  for (let at = 0; at < ids.length; at += mostIds) {
    const operation = await completed(await api.bulk({ ...input, ids: ids.slice(at, at + mostIds) }));
    done.operations.push(operation.operation);
    done.changed += operation.changed;
  }
  return done;
}

export async function undo({ operations }: Done): Promise<void> {
  for (const operation of operations.toReversed()) await completed(await api.undoBulk(operation));
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
