// What is another's is as if it were not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server } from './harness.mjs';
import { signUp, withKey } from './people.mjs';

const server = new Server({ variables: { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' } });
let ann;
let bob;
before(async () => {
  await server.start();
  ann = await signUp(server, 'ann@example.com');
  bob = await signUp(server, 'bob@example.com');
});
after(() => server.dispose());

const trashed = async (make, path) => {
  const id = await make();
  assert.equal((await ann.delete(path(id))).status, 204);
  return id;
};
const generation = async () => (await ann.generation()).id;
const asset = async () => (await ann.asset(png())).id;
const key = async () => (await withKey(server, ann)).keyId;

// Every operation with an id in its path: what of Ann's Bob asks for, and how. A new one without a row here fails.
const MATRIX = {
  getGeneration: { makes: [generation] },
  patchGeneration: { makes: [generation], json: { rating: 1 } },
  replaceGeneration: { makes: [generation], json: { modelId: 'm' } },
  deleteGeneration: { makes: [generation] },
  restoreGeneration: { makes: [generation, () => trashed(generation, (id) => `/v1/generations/${id}`)] },
  getAsset: { makes: [asset] },
  deleteAsset: { makes: [asset] },
  restoreAsset: { makes: [asset, () => trashed(asset, (id) => `/v1/assets/${id}`)] },
  getAssetContent: { makes: [asset] },
  createAssetUrl: { makes: [asset], json: {} },
  deleteKey: { makes: [key] },
  getHistoryItem: { makes: [generation] },
  updateHistoryItem: { makes: [generation], json: { prompt: 'stolen' } },
  deleteHistoryItem: { makes: [generation] },
};
const UNKNOWN = { generation: '01890000-0000-7000-8000-000000000000', asset: 'img_aaaaaaaaaaaaaaaaaaaaaaaaaa', key: '01890000-0000-7000-8000-000000000000' };
const VARY = ['date', 'x-request-id', 'server-timing', 'ratelimit'];

/** An answer without what differs between any two. */
const shape = ({ status, headers, body }) => {
  const text = body.toString().replace(headers['x-request-id'], '…');
  return { status, text, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !VARY.includes(name))) };
};

test('every operation on an id answers alike for another\'s and for none', async () => {
  const operations = server.contract.operations.filter(({ template }) => template.includes('{id}'));
  assert.deepEqual(operations.map(({ operation }) => operation.operationId).sort(), Object.keys(MATRIX).sort(), 'MATRIX has a row for every operation');
  for (const { method, template, operation } of operations) {
    const { makes, json } = MATRIX[operation.operationId];
    for (const make of makes) {
      const id = await make();
      const kind = template.startsWith('/api/history/') ? 'generation' : template.split('/')[2].slice(0, -1);
      for (const options of [{}, { ifMatch: '"1"' }, { headers: { 'If-None-Match': '*' } }, { key: `k-${id}` }]) {
        const ask = async (other) => shape(await bob.call(method, template.replace('{id}', other), { json, ...options }));
        const foreign = await ask(id);
        assert.equal(foreign.status, 404, `${method} ${template}: ${foreign.text}`);
        assert.deepEqual(foreign, await ask(UNKNOWN[kind]), `${method} ${template}`);
      }
    }
  }
});

test('nothing of it changed anything', async () => {
  const made = await ann.generation({ prompt: 'mine' });
  const path = `/v1/generations/${made.id}`;
  await bob.patch(path, { prompt: 'stolen' });
  await bob.put(path, { modelId: 'stolen' });
  await bob.delete(path);
  assert.deepEqual((await ann.get(path)).json, made);
});

test('both may use the same id, and neither can tell', async () => {
  const id = 'legacy-single-canvas';
  await ann.generation({ id, prompt: 'of Ann' });
  await bob.generation({ id, prompt: 'of Bob' });
  assert.equal((await ann.get(`/v1/generations/${id}`)).json.prompt, 'of Ann');
  assert.equal((await bob.patch(`/v1/generations/${id}`, { rating: 2 })).json.prompt, 'of Bob');
  assert.equal((await bob.delete(`/v1/generations/${id}`)).status, 204);
  assert.equal((await ann.get(`/v1/generations/${id}`)).json.rating, null);
});

test('lists show one\'s own', async () => {
  const generations = [await ann.generation({ modelId: 'listed' }), await bob.generation({ modelId: 'listed' })];
  const assets = [await ann.asset(noise(10), { generationId: generations[0].id }), await bob.asset(noise(10), { generationId: generations[1].id })];
  for (const [i, who] of [ann, bob].entries()) {
    assert.deepEqual((await who.all('/v1/generations?model=listed')).map(({ id }) => id), [generations[i].id]);
    assert.ok((await who.all('/v1/assets')).every(({ id }) => id !== assets[1 - i].id));
    assert.deepEqual((await who.all(`/v1/assets?generation=${generations[1 - i].id}`)), []);
    assert.deepEqual((await who.all(`/v1/assets?generation=${generations[i].id}`)).map(({ id }) => id), [assets[i].id]);
    assert.ok((await who.get('/v1/keys')).json.items.every(({ name }) => name === 'a key' && i === 0));
  }
});

test('a file cannot be put into another\'s generation', async () => {
  const { id } = await ann.generation();
  const upload = async (generationId) => shape(await bob.upload(noise(20), { query: { generationId } }));
  const foreign = await upload(id);
  assert.equal(foreign.status, 404);
  assert.deepEqual(foreign, await upload(UNKNOWN.generation));
  assert.deepEqual((await ann.get(`/v1/generations/${id}`)).json.assets, []);
});

test('the same bytes of two people are two assets', async () => {
  const bytes = noise(500);
  const first = await ann.asset(bytes);
  const second = await bob.asset(bytes);
  assert.notEqual(first.id, second.id);
  assert.equal(second.duplicate, undefined);
  await ann.delete(`/v1/assets/${first.id}`);
  assert.ok((await bob.get(second.url)).body.equals(bytes));
});

test('an Idempotency-Key is one\'s own', async () => {
  const first = await ann.post('/v1/generations', { modelId: 'm' }, { key: 'shared' });
  const second = await bob.post('/v1/generations', { modelId: 'n' }, { key: 'shared' });
  assert.equal(second.status, 201);
  assert.equal(second.headers['idempotency-replayed'], undefined);
  assert.notEqual(second.json.id, first.json.id);
});

test('a userId that the client sends changes nothing', async () => {
  const annId = (await ann.get('/v1/me')).json.id;
  const answer = await bob.post(`/v1/generations?userId=${annId}`, { modelId: 'claimed', userId: annId }, { headers: { userId: annId, 'X-User-Id': annId } });
  assert.equal(answer.status, 201);
  assert.deepEqual(await ann.all('/v1/generations?model=claimed'), []);
  assert.deepEqual((await bob.all(`/v1/generations?model=claimed&userId=${annId}`)).map(({ id }) => id), [answer.json.id]);
  const made = await ann.generation();
  assert.equal((await bob.get(`/v1/generations/${made.id}?userId=${annId}`)).status, 404);
  assert.equal((await bob.patch(`/v1/generations/${made.id}?userId=${annId}`, { userId: annId })).status, 404);
  const file = await bob.call('POST', `/v1/uploads?userId=${annId}&filename=claimed.bin`, { body: noise(30) });
  assert.ok((await ann.all('/v1/assets')).every(({ id }) => id !== file.json.id));
});

test('a signed URL carries its permission to anybody, for that file alone', async () => {
  const mine = await ann.asset(noise(40));
  const { url } = (await ann.post(`/v1/assets/${mine.id}/url`, {})).json;
  for (const who of [bob, server.client]) assert.equal((await who.get(url)).status, 200);
  assert.equal((await server.client.get(mine.url)).status, 401);
  assert.equal((await bob.get(mine.url)).status, 404);
});

test('files lie under their first owner', async () => {
  const me = (await bob.get('/v1/me')).json;
  const before = new Set(server.blobFiles());
  await bob.asset(noise(60));
  const [file] = server.blobFiles().filter((name) => !before.has(name));
  assert.ok(file.startsWith(`users/${me.id}/`), file);
});
