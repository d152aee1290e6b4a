// From any database and store to any other: what holds between two folders, and what may be lost on a way there and back.
// FLOWS=all has every flow on every way; by default the main ones on the ways that people go.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { copied } from './lib/copy.mjs';
import { MAIN, MORE, fill, testFlows } from './lib/flows.mjs';
import { Places } from './lib/places.mjs';

const seed = process.env.SEED ?? randomBytes(4).toString('hex');
console.log(`seed ${seed} (SEED=${seed} runs the same)`);
const all = process.env.FLOWS === 'all';

const places = new Places();
after(() => places.stop());
const sqlite = (name) => places.sqliteAndFolder(name);
const postgres = (name) => places.postgresAndBucket(name);
const libsql = (name) => places.libsqlAndFolder(name);

const flows = all ? { ...MAIN, ...MORE } : MAIN;
testFlows('SQLite and a folder to PostgreSQL and a bucket:', flows, { seed, makeFrom: sqlite, makeTo: postgres });
testFlows('PostgreSQL and a bucket to SQLite and a folder:', flows, { seed, makeFrom: postgres, makeTo: sqlite });
testFlows('SQLite and a folder to libSQL and a folder:', all ? flows : { answersAsTheSource: MAIN.answersAsTheSource },
  { seed, makeFrom: sqlite, makeTo: libsql });
if (all) {
  testFlows('libSQL and a folder to SQLite and a folder:', flows, { seed, makeFrom: libsql, makeTo: sqlite });
  testFlows('PostgreSQL and a bucket to another schema and prefix:', flows, { seed, makeFrom: postgres, makeTo: postgres });
}

const TABLES = ['users', 'identities', 'logins', 'api_keys', 'grants', 'generations', 'blobs', 'assets', 'change_heads', 'changes', 'idempotency'];
const AS_VALUES = ['input_params', 'result', 'metadata']; // PostgreSQL keeps no spelling of these

/** Every row of every table that is copied, with rids, times in milliseconds and hashes as SQLite keeps them. */
function rowsOf(place) {
  const ask = (sql) => execFileSync('sqlite3', ['-json', '-readonly', join(place.data, 'medialith.db'), sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return Object.fromEntries(TABLES.map((table) => {
    const hashes = ['sha256', 'token_hash', 'secret_hash', 'fingerprint', 'thumbhash'];
    const columns = JSON.parse(ask(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => (hashes.includes(name) ? `hex(${name}) AS ${name}` : name));
    const rows = JSON.parse(ask(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY 1, 2`) || '[]');
    for (const row of rows) for (const column of AS_VALUES) if (column in row) row[column] = JSON.parse(row[column]);
    return [table, rows];
  }));
}

async function filesOf(place) {
  const files = {};
  for (const key of await place.files.keys()) files[key] = await place.files.read(key);
  return files;
}

test('a way over every engine and back changes no rid, id, time, hash or byte', async () => {
  const first = await sqlite('first');
  await fill(first);
  const source = await first.serve();
  const [one, two] = await source.list('/v1/generations');
  await source.call('DELETE', `/v1/generations/${one.id}`, { status: 204 });
  await source.call('PATCH', `/v1/generations/${two.id}`, { json: { rating: 4, recipe: { n: 1e2, big: 12345678901234567890 } } });
  await source.upload(Buffer.alloc(0), 'empty.bin');
  await source.upload(randomBytes(20_000_000), 'large.bin');
  await source.stop();
  const stops = [first, await postgres('second'), await libsql('third'), await sqlite('fourth')];
  for (let i = 1; i < stops.length; i++) await copied({ from: stops[i - 1], to: stops[i] });
  const [before, now] = [rowsOf(first), rowsOf(stops.at(-1))];
  assert.equal(before.generations.length, 12);
  assert.ok(before.blobs.every(({ rid, sha256 }) => rid > 0 && sha256.length === 64));
  assert.deepEqual(now, before);
  const files = await filesOf(first);
  assert.equal(Object.keys(files).length, 14);
  for (const stop of stops.slice(1)) assert.deepEqual(await filesOf(stop), files, stop.data);
});
