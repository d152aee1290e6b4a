// The trash, what leaves it for good, and bulk work.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from './fixtures.mjs';
import { Server, until } from './harness.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const ids = (items) => items.map(({ id }) => id);
const live = async (query, from = client) => ids(await from.all(`/v1/generations?${query}`));
const bulk = async (request, options) => client.completed(await client.post('/v1/bulk', request, options));
const undo = async ({ operation }) => client.completed(await client.post(`/v1/bulk/${operation}/undo`));

test('the trash lists what was deleted, last first, and when it goes', async (t) => {
  const own = await Server.forTest(t);
  await own.client.generation({ id: 'a' });
  await own.client.generation({ id: 'b' });
  await own.client.asset(png(3, 3), { generationId: 'a' });
  const alone = await own.client.asset(png(4, 4), { filename: 'alone.png' });
  for (const path of ['/v1/generations/b', `/v1/assets/${alone.id}`, '/v1/generations/a']) assert.equal((await own.client.delete(path)).status, 204);
  const { items } = (await own.client.get('/v1/trash')).json;
  assert.deepEqual(items.map(({ kind, generation, asset }) => [kind, (generation ?? asset).id]), [['generation', 'a'], ['asset', alone.id], ['generation', 'b']]);
  for (const { deletedAt, purgeAt } of items) assert.equal(Date.parse(purgeAt) - Date.parse(deletedAt), 30 * 86_400_000);
  const pages = await own.client.all('/v1/trash', 1);
  assert.deepEqual(pages, items);
  const emptied = await own.client.completed(await own.client.delete('/v1/trash'));
  assert.deepEqual([emptied.action, emptied.matched, emptied.changed], ['purge', 3, 3]);
  assert.deepEqual((await own.client.get('/v1/trash')).json.items, []);
  assert.equal((await own.client.post('/v1/generations/a/restore')).status, 404);
  assert.equal((await own.client.post(`/v1/assets/${alone.id}/restore`)).status, 404);
  await own.client.generation({ id: 'a' }); // its id is free again
  assert.equal((await own.client.get('/v1/trash?limit=0')).status, 400);
  assert.equal((await own.client.get('/v1/trash?cursor=x')).code, 'INVALID_CURSOR');
});

test('the time in the trash is an option', async (t) => {
  const own = await Server.forTest(t, { variables: { MEDIALITH_TRASH_RETENTION: '7d' } });
  await own.client.generation({ id: 'a' });
  await own.client.delete('/v1/generations/a');
  const [{ deletedAt, purgeAt }] = (await own.client.get('/v1/trash')).json.items;
  assert.equal(Date.parse(purgeAt) - Date.parse(deletedAt), 7 * 86_400_000);
});

test('permanent removes at once, from the trash too', async () => {
  const { id, version } = await client.generation({ id: 'gone' });
  const asset = await client.asset(png(5, 5), { generationId: id });
  assert.deepEqual((await client.delete(`/v1/generations/${id}?permanent=yes`)).fields, ['permanent']);
  assert.equal((await client.delete(`/v1/generations/${id}?permanent=true`, { ifMatch: `"${version}"` })).status, 412);
  assert.equal((await client.delete(`/v1/generations/${id}?permanent=true`, { key: 'p1' })).status, 204);
  assert.equal((await client.delete(`/v1/generations/${id}?permanent=true`, { key: 'p1' })).headers['idempotency-replayed'], 'true');
  assert.equal((await client.delete(`/v1/generations/${id}?permanent=true`)).status, 404);
  assert.equal((await client.get(`/v1/assets/${asset.id}`)).status, 404);
  assert.equal((await client.get(`/v1/assets/${asset.id}/content`)).status, 404);
  const again = await client.asset(png(5, 5), { filename: 'again.png' }); // new: nothing is left of its bytes
  assert.equal((await client.delete(`/v1/assets/${again.id}`)).status, 204);
  assert.equal((await client.delete(`/v1/assets/${again.id}?permanent=true`)).status, 204);
  assert.equal((await client.post(`/v1/assets/${again.id}/restore`)).status, 404);
});

test('bulk moves by ids and comes back by undo', async () => {
  for (let i = 0; i < 5; i++) await client.generation({ id: `m${i}`, modelId: 'moved' });
  const asset = await client.asset(png(6, 6), { generationId: 'm4' });
  const alone = await client.asset(png(6, 7));
  const dry = await client.post('/v1/bulk', { action: 'trash', ids: ['m0', 'm1', 'none'], dryRun: true });
  assert.deepEqual([dry.status, dry.json.operation, dry.json.matched, dry.json.changed], [200, null, 2, 0]);
  const done = await bulk({ action: 'trash', ids: ['m0', 'm1', 'm4', alone.id, 'none'] });
  assert.deepEqual([done.matched, done.changed], [4, 4]);
  assert.deepEqual(await live('model=moved'), ['m3', 'm2']);
  assert.equal((await client.get(`/v1/assets/${asset.id}`)).status, 404);
  await client.post('/v1/generations/m1/restore'); // changed since: undo leaves it alone
  const undone = await undo(done);
  assert.deepEqual([undone.action, undone.changed], ['undo', 3]);
  assert.deepEqual(await live('model=moved'), ['m4', 'm3', 'm2', 'm1', 'm0']);
  assert.equal((await client.get(`/v1/assets/${asset.id}`)).status, 200);
  assert.equal((await client.get(`/v1/assets/${alone.id}`)).status, 200);
  assert.equal((await client.post(`/v1/bulk/${done.operation}/undo`)).status, 409);
  assert.equal((await client.post(`/v1/bulk/${undone.operation}/undo`)).status, 409);
});

test('an asset comes back beside its generation, whatever went first', async () => {
  const between = Array.from({ length: 120 }, (_, i) => `b${i}`); // more than a step takes
  for (const id of ['home', ...between]) await client.generation({ id, modelId: 'beside' });
  const asset = await client.asset(png(7, 8), { generationId: 'home' });
  const trashAlone = async () => assert.equal((await client.delete(`/v1/assets/${asset.id}`)).status, 204);
  const isThere = async () => (await client.get(`/v1/assets/${asset.id}`)).status === 200;

  const done = await bulk({ action: 'trash', ids: ['home', asset.id, ...between] });
  assert.equal(done.changed, 122);
  assert.equal((await undo(done)).changed, 122);
  assert.ok(await isThere());

  for (const ids of [['home', asset.id], ['home', asset.id, ...between]]) {
    await trashAlone();
    await bulk({ action: 'trash', ids: ids.filter((id) => id !== asset.id) });
    assert.equal((await bulk({ action: 'restore', ids })).changed, ids.length);
    assert.ok(await isThere());
  }
});

test('bulk updates by filter and puts back what it replaced', async () => {
  const before = { rating: 2, tags: ['old'], favorite: false, metadata: { b: 2 }, recipe: { seed: 1 }, cost: null };
  for (let i = 0; i < 60; i++) await client.generation({ id: `u${i}`, modelId: 'updated', prompt: i % 2 ? 'a fox' : 'a whale', ...before });
  const set = { favorite: true, rating: null, tags: ['new'], metadata: { a: 1 }, recipe: { steps: 20 }, cost: { amount: '5', currency: 'EUR' } };
  const done = await bulk({ action: 'update', filter: { model: ['updated'], q: 'fox' }, set });
  assert.deepEqual([done.matched, done.changed], [30, 30]);
  assert.equal((await live('model=updated&tag=new&favorite=true')).length, 30);
  const changed = (await client.get('/v1/generations/u1')).json;
  assert.deepEqual([changed.rating, changed.version, changed.metadata, changed.recipe], [null, 2, { b: 2, a: 1 }, { seed: 1, steps: 20 }]);
  await client.patch('/v1/generations/u1', { rating: 5 });
  assert.equal((await undo(done)).changed, 29);
  assert.deepEqual(await live('model=updated&tag=new'), ['u1']);
  const undone = (await client.get('/v1/generations/u3')).json;
  assert.deepEqual(Object.fromEntries(Object.keys(before).map((name) => [name, undone[name]])), before);
});

test('bulk updates leave out what cannot take the change', async () => {
  for (let i = 0; i < 30; i++) await client.generation({ id: `p${i}`, modelId: 'priced', ...(i % 3 ? { cost: { amount: '1', currency: 'EUR' } } : {}) });
  const done = await bulk({ action: 'update', filter: { model: 'priced' }, set: { cost: { amount: '2' } } });
  assert.deepEqual([done.matched, done.changed], [30, 20]);
  const cost = async (id) => (await client.get(`/v1/generations/${id}`)).json.cost;
  assert.deepEqual([await cost('p0'), await cost('p1')], [null, { amount: '2', currency: 'EUR' }]);
  assert.equal((await undo(done)).changed, 20);
  assert.deepEqual(await cost('p1'), { amount: '1', currency: 'EUR' });
});

test('bulk clears, restores and purges whole lists', async () => {
  await Promise.all(Array.from({ length: 250 }, (_, i) => client.generation({ id: `c${i}`, modelId: 'cleared' })));
  assert.equal((await bulk({ action: 'trash', filter: { model: 'cleared' } })).changed, 250);
  assert.deepEqual(await live('model=cleared'), []);
  assert.equal((await live('model=cleared&deleted=true')).length, 250);
  assert.equal((await bulk({ action: 'restore', filter: { model: ['cleared'] } })).changed, 250);
  assert.equal((await live('model=cleared')).length, 250);
  const purged = await bulk({ action: 'purge', filter: { model: ['cleared'] } });
  assert.equal(purged.changed, 250);
  assert.deepEqual(await live('model=cleared'), []);
  assert.deepEqual(await live('model=cleared&deleted=true'), []);
  assert.equal((await client.post(`/v1/bulk/${purged.operation}/undo`)).status, 410);
});

test('bulk work by words ends where they find nothing more', async () => {
  await client.generation({ id: 'foxglove', modelId: 'garden', prompt: 'a foxglove' });
  // As many as the first step takes, so that the next one finds no word at all.
  await Promise.all(Array.from({ length: 100 }, (_, i) => client.generation({ id: `w${i}`, modelId: 'garden', prompt: 'a fox' })));
  const done = await bulk({ action: 'trash', filter: { model: 'garden', q: 'fox a' } });
  assert.deepEqual([done.matched, done.changed], [100, 100]);
  assert.equal((await client.get('/v1/generations/foxglove')).status, 200);
});

test('a bulk request says what is wrong with it', async () => {
  const refused = async (request) => {
    const answer = await client.post('/v1/bulk', request);
    assert.equal(answer.status, 400, answer.text);
    return answer.fields;
  };
  assert.deepEqual(await refused({ ids: ['a'] }), ['action']);
  assert.deepEqual(await refused({ action: 'trash' }), ['ids']);
  assert.deepEqual(await refused({ action: 'trash', ids: ['a'], filter: {} }), ['filter']);
  assert.deepEqual(await refused({ action: 'trash', ids: ['a'], olderThanDays: 1 }), ['olderThanDays']);
  assert.deepEqual(await refused({ action: 'trash', filter: { createdBefore: '2024-01-01T00:00:00.000Z' }, olderThanDays: 1 }), ['olderThanDays']);
  for (const days of [-1, 36_501]) assert.deepEqual(await refused({ action: 'trash', olderThanDays: days }), ['olderThanDays']);
  assert.equal((await client.post('/v1/bulk', { action: 'trash', olderThanDays: 36_500, dryRun: true })).json.matched, 0);
  assert.deepEqual(await refused({ action: 'burn', ids: [] }), ['action', 'ids']);
  assert.deepEqual(await refused({ action: 'trash', ids: Array(1001).fill('a') }), ['ids']);
  assert.deepEqual(await refused({ action: 'update', ids: ['a'] }), ['set']);
  assert.deepEqual(await refused({ action: 'trash', ids: ['a'], set: {} }), ['set']);
  assert.deepEqual(await refused({ action: 'update', ids: ['a'], set: { rating: 9, version: 1, id: 'x' } }), ['set.id', 'set.rating', 'set.version']);
  assert.deepEqual(await refused({ action: 'trash', filter: { status: 'done', color: 1, favorite: [true], minSize: 'x' } }), ['filter.color', 'filter.favorite', 'filter.minSize', 'filter.status']);
  assert.equal((await client.get('/v1/bulk/none')).status, 404);
  assert.equal((await client.post('/v1/bulk/none/undo')).status, 404);
});

test('a retry of bulk work is the same operation', async () => {
  await client.generation({ id: 'once', modelId: 'once' });
  const request = { action: 'trash', filter: { model: 'once' } };
  const first = await client.post('/v1/bulk', request, { key: 'bulk-1' });
  await client.generation({ id: 'twice', modelId: 'once' });
  const second = await client.post('/v1/bulk', request, { key: 'bulk-1' });
  assert.equal(second.json.operation, first.json.operation);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.deepEqual(await live('model=once'), ['twice']);
});

test('bulk work that a kill interrupted goes on after the start', async (t) => {
  const own = await Server.forTest(t);
  for (let first = 0; first < 2000; first += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => own.client.generation({ id: `k${first + i}` })));
  }
  const asked = own.client.post('/v1/bulk', { action: 'update', filter: {}, set: { favorite: true } }).catch(() => undefined);
  await until('the work to have begun', async () => (await live('favorite=true', own.client)).length > 0, 20_000);
  own.signal('SIGKILL');
  await own.exited;
  await asked;
  await own.start();
  const favorites = async () => (await own.client.get('/v1/facets')).json.facets.favorite;
  // Some 70 a second where each step waits for a busy database server.
  await until('the work to be done', async () => (await favorites())[0]?.count === 2000, 180_000);
  assert.deepEqual(await favorites(), [{ value: 'true', count: 2000 }]);
});
