// What a distant database costs: each mutating route, on the engines that are reached by a network, over a proxy that makes
// each trip 20 ms longer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise } from '../http/fixtures.mjs';
import { Server } from '../http/harness.mjs';
import { PASSWORD, cookieOf, setupToken, signUp, withKey } from '../http/people.mjs';
import { startSlowProxy } from '../lib/slow_proxy.mjs';
import { start as startPostgres } from '../servers/postgres.mjs';
import { start as startSqld } from '../servers/sqld.mjs';

const TRIP_MS = 20;
const MOST_TRIPS = 2;
// Once in a deployment's life.
const MORE_TRIPS = { setUp: 3 };
const ACCOUNTS = { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' };
// A whole request of somebody who was recognised a moment ago: what is read around its write too. Work that goes on behind
// the answer is not one of these.
const MOST_OF_A_REQUEST = {
  register: 2, login: 4, logout: 2, createKey: 2, deleteKey: 2,
  createGeneration: 2, patchGeneration: 4, replaceGeneration: 4, deleteGeneration: 2, restoreGeneration: 4,
  uploadFile: 5, createAssetUrl: 2, deleteAsset: 2, restoreAsset: 3,
  importGenerations: 2, createHistoryItem: 2, updateHistoryItem: 4, uploadHistoryFile: 4, deleteHistoryItem: 2,
};
// What a server does by itself meanwhile: its jobs, a look at the database's clock, a new connection's greeting, and telling the
// others what it has counted for limits, which unlike a guess at a password does not look first.
const OF_THE_SERVER = new RegExp([
  String.raw`\b(leases|jobs|meta)\b`, 'clock_timestamp|julianday', 'pg_postmaster_start_time',
  String.raw`^(?!.*SELECT full_at_ms).*INSERT INTO \S*rate_limits`,
].join('|'), 's');
// A signature is made, and nothing kept.
const WRITES_NOTHING = ['createAssetUrl'];

const ENGINES = {
  PostgreSQL: {
    start: () => startPostgres(),
    variables: (port) => ({ MEDIALITH_DATABASE: `postgres://medialith@127.0.0.1:${port}/medialith`, MEDIALITH_ALLOW_UNSAFE_DATABASE: 'true' }),
  },
  libSQL: { start: () => startSqld(), variables: (port) => ({ MEDIALITH_DATABASE: `http://127.0.0.1:${port}` }) },
};

/** Calls each mutating route, by its operation, as somebody with an account does. */
async function callEach(server, check) {
  await check('setUp', () => server.client.post('/v1/auth/setup', { token: setupToken(server), email: 'admin@example.com', password: PASSWORD }));
  await check('register', () => server.client.post('/v1/auth/register', { email: 'bob@example.com', password: PASSWORD }));
  const ann = await signUp(server, 'ann@example.com');
  const login = await check('login', () => server.client.post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD }));
  const other = server.client.as(cookieOf(login));
  await ann.get('/v1/me');
  await check('createKey', () => ann.post('/v1/keys', { name: 'a key' }));
  const { keyId } = await withKey(server, ann);
  await check('deleteKey', () => ann.delete(`/v1/keys/${keyId}`));
  await check('createGeneration', () => ann.post('/v1/generations', { id: 'a', modelId: 'm' }, { key: 'once' }));
  await check('patchGeneration', () => ann.patch('/v1/generations/a', { rating: 3 }));
  await check('replaceGeneration', () => ann.put('/v1/generations/a', { modelId: 'other' }));
  const asset = (await check('uploadFile', () => ann.upload(noise(300), { query: { generationId: 'a' } }))).json;
  await check('createAssetUrl', () => ann.post(`/v1/assets/${asset.id}/url`, {}));
  await check('deleteAsset', () => ann.delete(`/v1/assets/${asset.id}`));
  await check('restoreAsset', () => ann.post(`/v1/assets/${asset.id}/restore`));
  await check('deleteGeneration', () => ann.delete('/v1/generations/a'));
  await check('restoreGeneration', () => ann.post('/v1/generations/a/restore'));
  // The next one begins when the one before has ended: an answer does not wait for long work.
  const done = await ann.completed(await check('createBulkOperation', () => ann.post('/v1/bulk', { action: 'update', ids: ['a'], set: { favorite: true } })));
  await ann.completed(await check('undoBulkOperation', () => ann.post(`/v1/bulk/${done.operation}/undo`)));
  await ann.delete('/v1/generations/a');
  await ann.completed(await check('purgeTrash', () => ann.delete('/v1/trash')));
  await callFumis(server, ann, check);
  await check('logout', () => other.post('/v1/auth/logout'));
}

/** The wire of Fumi's app, and what its history comes in by. */
async function callFumis(server, ann, check) {
  const item = { modelId: 'm', modelName: 'M', category: 'image-generation', provider: 'fal', prompt: 'a fox' };
  const kept = { id: 'kept', timestamp: '2023-11-14T22:13:20.000Z', ...item };
  await check('importGenerations', () => ann.post('/v1/imports', [kept]));
  const { id } = (await check('createHistoryItem', () => ann.post('/api/history', item))).json;
  await check('updateHistoryItem', () => ann.put(`/api/history/${id}`, { prompt: 'two foxes' }));
  const data = new FormData();
  data.append('file', new Blob([noise(300)]), 'fox.png');
  const form = new Request(server.url, { method: 'POST', body: data });
  const body = Buffer.from(await form.arrayBuffer());
  await check('uploadHistoryFile', () => ann.call('POST', '/api/upload', { body, type: form.headers.get('content-type') }));
  await check('deleteHistoryItem', () => ann.delete(`/api/history/${id}`));
  await check('clearHistory', () => ann.delete('/api/history'));
}

for (const [engine, { start, variables }] of Object.entries(ENGINES)) {
  test(`a write is at most ${MOST_TRIPS} trips on ${engine}, whatever route asks for it`, async (t) => {
    let writes = [];
    let reads = 0;
    const database = await start();
    t.after(() => database.stop());
    const proxy = await startSlowProxy(database.port, TRIP_MS, {
      onWrite: ({ text, trips }) => OF_THE_SERVER.test(text) || writes.push(trips),
      onRead: ({ text, trips }) => OF_THE_SERVER.test(text) || (reads += trips),
    });
    t.after(() => proxy.stop());
    const server = await Server.forTest(t, { variables: { ...variables(proxy.port), ...ACCOUNTS } });
    const wrong = [];
    const left = new Set(server.contract.operations.filter(({ method }) => method !== 'GET').map(({ operation }) => operation.operationId));
    await callEach(server, async (operation, call) => {
      writes = [];
      reads = 0;
      const begun = performance.now();
      const answer = await call();
      const took = Math.round(performance.now() - begun);
      assert.ok(answer.status < 300, `${operation}: ${answer.status} ${answer.text}`);
      t.diagnostic(`${operation}: writes of ${writes.join(', ') || 'no'} trips, reads of ${reads}, ${took} ms`);
      const whole = writes.reduce((sum, trips) => sum + trips, reads);
      if (whole > (MOST_OF_A_REQUEST[operation] ?? Infinity)) wrong.push(`${operation}: ${writes} and ${reads} of reads`);
      const none = writes.length === 0 && !WRITES_NOTHING.includes(operation);
      if (none || writes.some((trips) => trips > (MORE_TRIPS[operation] ?? MOST_TRIPS))) wrong.push(`${operation}: ${writes}`);
      left.delete(operation);
      return answer;
    });
    assert.deepEqual([...left], [], 'routes that were not called');
    assert.deepEqual(wrong, []);
  });
}
