// A file of 1 GB is copied in pieces, and a hundred thousand rows in pages: the memory of the process does not grow with them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { reportOf, startCopy } from './lib/copy.mjs';
import { Places } from './lib/places.mjs';

const MB = 1 << 20;
const SIZE = 1024 * MB;
const TEXTS = 100_000;
const AT_ONCE = 32;
const MOST_RESIDENT_MB = 96;

const places = new Places();
after(() => places.stop());

function uploadLarge(port) {
  return new Promise((done, fail) => {
    const out = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/uploads?filename=large.bin', headers: { 'Content-Length': SIZE } });
    out.on('response', (answer) => answer.resume().on('end', () => done(answer.statusCode)));
    out.on('error', fail);
    const piece = randomBytes(MB);
    let sent = 0;
    const more = () => {
      while (sent < SIZE) {
        sent += MB;
        if (!out.write(piece)) return out.once('drain', more);
      }
      out.end();
    };
    more();
  });
}

async function writeTexts(source) {
  let next = 0;
  const write = async () => {
    for (let i = next++; i < TEXTS; i = next++) {
      await source.generate({ prompt: `a heron, number ${i}, ${'standing in the reeds '.repeat(40)}`, tags: [`n${i % 100}`] });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

/** A copy that has to end well: its report, and the most memory that the process had. */
async function watchedCopy(t, from, to) {
  const { child, ended } = startCopy({ from, to });
  let most = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      most = Math.max(most, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // it has ended
    }
  }, 20);
  const begun = performance.now();
  const { status, stdout, stderr } = await ended;
  clearInterval(watch);
  assert.equal(status, 0, stderr);
  t.diagnostic(`${((performance.now() - begun) / 1000).toFixed(0)} s, most memory: ${most.toFixed(0)} MB`);
  assert.ok(most > 0 && most < MOST_RESIDENT_MB, `${most} MB`);
  return reportOf(stdout);
}

test('memory stays bounded with a file of 1 GB, into a folder and into a bucket', async (t) => {
  const from = await places.sqliteAndFolder('from');
  const source = await from.serve();
  assert.equal(await uploadLarge(source.server.port), 201);
  await source.stop();
  for (const to of [await places.sqliteAndFolder('to'), await places.postgresAndBucket('to')]) {
    assert.equal((await watchedCopy(t, from, to)).sent, 1);
  }
});

test('memory stays bounded with a hundred thousand generations, into SQLite and into PostgreSQL', async (t) => {
  const from = await places.sqliteAndFolder('from');
  const source = await from.serve();
  await writeTexts(source);
  await source.stop();
  for (const to of [await places.sqliteAndFolder('to'), await places.postgresAndBucket('to')]) {
    assert.equal((await watchedCopy(t, from, to)).tables.generations.added, TEXTS);
    const again = await watchedCopy(t, from, to);
    assert.deepEqual([again.added, again.changed, again.deleted], [0, 0, 0]);
  }
});
