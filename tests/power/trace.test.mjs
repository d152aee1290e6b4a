// What each acknowledged write has flushed, and what a power cut at that moment would take, from the server's own system
// calls. Deterministic: what a file system happens to keep besides does not count.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { randomOf } from '../crash/lib/random.mjs';
import { plantedBugs } from '../crash/lib/planted.mjs';
import { workFolder } from '../crash/lib/rounds.mjs';
import { makeWrites, traceWrites } from './lib/traced.mjs';

const seed = process.env.SEED ?? randomBytes(4).toString('hex');
const folder = workFolder('trace');
console.log(`seed ${seed} (SEED=${seed} runs the same writes)`);
after(() => rmSync(folder, { recursive: true, force: true }));

const count = (flushes) => flushes.file + flushes.folder + flushes.log;

describe('writes sent one at a time', () => {
  let writes;
  before(async () => {
    writes = await traceWrites({ folder, writes: makeWritesOf('sound', 30) });
  });

  test('nothing that was acknowledged would be lost at a power cut', () => {
    for (const { what, losses } of writes) assert.deepEqual(losses, [], `at the answer to a ${what}`);
  });

  test('each acknowledged create, change and delete was preceded by a flush of the log', () => {
    // Known bytes change nothing: what their answer tells has been durable before.
    for (const { what, flushes } of writes.filter((write) => write.what !== 'upload of known bytes')) {
      assert.ok(flushes.log >= 1, `${what}: ${JSON.stringify(flushes)}`);
    }
  });

  test('each acknowledged upload was preceded by flushes of file, folder and log', () => {
    const uploads = writes.filter((write) => write.uploads);
    assert.ok(uploads.length >= 30);
    for (const { flushes } of uploads) {
      assert.ok(count(flushes) >= 3 && flushes.file >= 1 && flushes.folder >= 1 && flushes.log >= 1, JSON.stringify(flushes));
    }
  });
});

test('nothing would be lost with the database in another folder', async () => {
  const writes = await traceWrites({ folder, writes: makeWritesOf('elsewhere', 3), database: 'elsewhere/medialith.db' });
  for (const { what, losses } of writes) assert.deepEqual(losses, [], `at the answer to a ${what}`);
});

describe('planted bugs are found', () => {
  for (const bug of plantedBugs('power')) {
    test(bug.name, async () => {
      const writes = await traceWrites({ folder, writes: makeWritesOf(bug.name, 6), faults: bug.faults });
      const found = writes.find((write) => write.losses.length > 0);
      assert.ok(found, `${bug.name} was not found`);
      console.log(`  ${bug.name}: at the answer to a ${found.what} a cut would take ${found.losses[0]}`);
    });
  }
});

function makeWritesOf(name, generations) {
  return makeWrites(randomOf(seed, name), generations);
}
