// A page that is kept is never an old one: after every kind of change the list, asked as always, says what it says when it
// is read anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from './fixtures.mjs';
import { Server } from './harness.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const LISTS = ['', '?view=full', '?limit=2', '?model=kept', '?favorite=true', '?tag=red', '?q=fox', '?q=zzz', '?sort=-updatedAt', '?type=image'];
const ANEW = { headers: { 'Cache-Control': 'no-cache' } };

/** Every list, asked twice as a page that is open asks, then anew. */
async function look(what) {
  for (const list of LISTS) {
    const path = `/v1/generations${list}`;
    const [once, again, anew] = [await client.get(path), await client.get(path), await client.get(path, ANEW)];
    assert.equal(once.status, 200, once.text);
    assert.deepEqual([once.text, once.headers.link], [anew.text, anew.headers.link], `${path} after ${what}`);
    assert.deepEqual([again.text, again.headers.link], [anew.text, anew.headers.link], `${path} after ${what}`);
  }
}

async function bulk(request) {
  let answer = await client.post('/v1/bulk', request);
  for (const until = Date.now() + 30_000; answer.status === 202 && Date.now() < until; ) answer = await client.get(`/v1/bulk/${answer.json.operation}`);
  assert.equal(answer.json.state, 'completed', answer.text);
  return answer.json.operation;
}

test('whatever changes, no list shows it as it was', async () => {
  const made = [];
  for (let i = 0; i < 6; i++) made.push(await client.generation({ id: `kept-${i}`, modelId: 'kept', prompt: `a fox ${i}`, tags: ['red'] }));
  await look('creates');
  let asset;
  let updated;
  const steps = [
    ['a patch', () => client.patch('/v1/generations/kept-0', { prompt: 'a zzz', favorite: true })],
    ['a replacement', () => client.put('/v1/generations/kept-1', { modelId: 'kept', prompt: 'a hen', tags: [] })],
    ['a delete', () => client.delete('/v1/generations/kept-2')],
    ['a restore', () => client.post('/v1/generations/kept-2/restore')],
    ['an upload', async () => (asset = await client.asset(png(5, 6), { generationId: 'kept-3' }))],
    ['the same bytes for another', () => client.upload(png(5, 6), { query: { generationId: 'kept-4' } })],
    ['an asset\'s delete', () => client.delete(`/v1/assets/${asset.id}`)],
    ['an asset\'s restore', () => client.post(`/v1/assets/${asset.id}/restore`)],
    ['an asset\'s delete for good', () => client.delete(`/v1/assets/${asset.id}?permanent=true`)],
    ['a bulk update', async () => (updated = await bulk({ action: 'update', ids: ['kept-0', 'kept-5'], set: { rating: 5, favorite: true } }))],
    ['its undo', () => client.post(`/v1/bulk/${updated}/undo`)],
    ['a bulk delete', () => bulk({ action: 'trash', filter: { model: ['kept'], favorite: true } })],
    ['a bulk restore', () => bulk({ action: 'restore', filter: { model: ['kept'] } })],
    ['a delete for good', () => client.delete('/v1/generations/kept-5?permanent=true')],
    ['a bulk purge', async () => {
      await client.delete('/v1/generations/kept-4');
      await look('a delete before a purge');
      await bulk({ action: 'purge', filter: { model: ['kept'] } });
    }],
    ['an import', () => client.post('/v1/imports', [{ id: 'gen_1700000000000_abc', timestamp: '2023-11-14T22:13:20.000Z', modelId: 'kept', modelName: 'K', category: 'c', provider: 'p', prompt: 'a fox of old' }])],
    ['an app\'s change', () => client.put('/api/history/gen_1700000000000_abc', { prompt: 'a zzz once more' })],
    ['an app\'s clearing', () => client.delete('/api/history')],
  ];
  for (const [what, change] of steps) {
    const answer = await change();
    assert.ok(!answer?.status || answer.status < 300, `${what}: ${answer?.text}`);
    await look(what);
  }
});

test('an old page is not given to whoever asks while another changes it', async () => {
  const versions = [];
  await client.generation({ id: 'raced', modelId: 'raced' });
  const reads = (async () => {
    while (versions.length < 200) versions.push((await client.get('/v1/generations?model=raced')).json.items[0].version);
  })();
  for (let version = 2; version <= 60; version++) {
    assert.equal((await client.patch('/v1/generations/raced', { rating: 1 + (version % 5) })).status, 200);
    assert.equal((await client.get('/v1/generations?model=raced')).json.items[0].version, version, 'who has changed it sees it');
  }
  await reads;
  assert.deepEqual(versions, versions.toSorted((a, b) => a - b));
});
