// The whole history as a file and back, and what is known of it as a whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server, until } from './harness.mjs';
import { signUp, withKey } from './people.mjs';

const server = new Server({ variables: { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' } });
let serial = 0;
before(() => server.start());
after(() => server.dispose());

const somebody = () => signUp(server, `u${++serial}@example.com`);
const LEGACY = { modelId: 'm', modelName: 'M', category: 'image-generation', provider: 'fal', prompt: 'p' };
const legacy = (id, timestamp, members) => ({ id, timestamp, ...LEGACY, ...members });
const ids = (items) => items.map(({ id }) => id);

// As bytes: a file with items that are not valid is no request that the description describes.
const send = (who, items, options) => who.call('POST', '/v1/imports', { body: Buffer.from(JSON.stringify(items)), type: 'application/json', ...options });

async function imported(who, items, options) {
  const answer = await send(who, items, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
const counts = ({ received, imported, existing, inTrash, refused }) => [received, imported, existing, inTrash, refused];

test('what the browser kept comes in with its times, again and again', async () => {
  const who = await somebody();
  const file = [
    legacy('gen_1700000000000_abc', '2023-11-14T22:13:20.000Z', { result: { images: [{ url: 'https://fal.media/x.png', file_size: 3 }] }, inputParams: { seed: 7 }, metadata: { processingTime: 3, version: '1' } }),
    legacy('gen_1600000000000_abc', '2020-09-13T12:26:40.123Z'),
  ];
  assert.deepEqual(counts(await imported(who, file)), [2, 2, 0, 0, 0]);
  const list = (await who.get('/api/history')).json.items;
  assert.deepEqual(list.map(({ mediaFiles, createdAt, updatedAt, ...rest }) => rest), [file[0], { ...file[1], inputParams: {}, result: {}, metadata: {} }]);
  assert.deepEqual(list.map(({ createdAt, updatedAt }) => [createdAt, updatedAt]), file.map(({ timestamp }) => [timestamp, timestamp]));
  assert.deepEqual(ids((await who.get('/v1/generations?q=p&seed=7')).json.items), [file[0].id]);
  await who.put(`/api/history/${file[1].id}`, { prompt: 'changed since' });
  await who.delete(`/api/history/${file[0].id}`);
  assert.deepEqual(counts(await imported(who, [...file, legacy('new', '2024-01-01T00:00:00.000Z')])), [3, 1, 1, 1, 0]);
  assert.equal((await who.get(`/api/history/${file[1].id}`)).json.prompt, 'changed since');
});

test('an export comes back as it was, from one server to another', async (t) => {
  const { client: who } = await Server.forTest(t);
  const made = [];
  for (let i = 0; i < 230; i++) {
    const members = { prompt: `p${i}`, inputParams: { i }, rating: 1 + (i % 5), tags: ['a'], favorite: i % 2 === 0, cost: { amount: '0.10', currency: 'USD' }, recipe: { seed: i }, status: 'failed', error: 'why', duration: 1.5 };
    made.unshift(await who.generation({ modelId: 'm', ...members }));
  }
  await who.asset(png(), { generationId: made[0].id });
  await who.delete(`/v1/generations/${made[5].id}`);
  const answer = await who.get('/v1/exports');
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers['content-disposition'], /^attachment; filename="?generations-\d{4}-\d\d-\d\d\.json/);
  const wanted = made.filter((_, i) => i !== 5);
  assert.deepEqual(ids(answer.json), ids(wanted));
  assert.equal(answer.json[0].assets.length, 1);
  for (const item of answer.json) assert.equal(item.timestamp, item.createdAt);
  const other = await Server.forTest(t);
  const sent = await other.client.call('POST', '/v1/imports', { body: answer.body, type: 'application/json' });
  assert.deepEqual(counts(sent.json), [229, 229, 0, 0, 0]);
  const essence = ({ version, updatedAt, assets, timestamp, ...rest }) => rest;
  const back = JSON.parse((await other.client.get('/v1/exports')).text);
  assert.deepEqual(back.map(essence), answer.json.map(essence));
  const empty = await (await somebody()).get('/v1/exports');
  assert.deepEqual(empty.json, []);
});

test('an item that is not valid is named, and holds up no other', async () => {
  const who = await somebody();
  const future = new Date(Date.now() + 86_400_000).toISOString();
  const bad = [
    {}, legacy('a/b', '2024-01-01T00:00:00.000Z'), legacy('c', 'yesterday'), legacy('d', future), legacy('e', '1969-12-31T23:59:59.999Z'),
    legacy('f', '2024-01-01T00:00:00.000Z', { inputParams: [] }), 'text', legacy('g', '2024-01-01T00:00:00.000Z', { rating: 9 }),
  ];
  const answer = await imported(who, [...bad, legacy('good', '2024-01-01T00:00:00.000Z')]);
  assert.deepEqual(counts(answer), [9, 1, 0, 0, 8]);
  const paths = answer.errors.map(({ path }) => path);
  assert.deepEqual(paths, ['[0].id', '[0].timestamp', '[0].modelId', '[1].id', '[2].timestamp', '[3].timestamp', '[4].timestamp', '[5].inputParams', '[6]', '[7].rating']);
  const none = await send(who, bad);
  assert.deepEqual([none.status, none.code], [400, 'VALIDATION_FAILED']);
  assert.equal(none.json.fields[0].path, '[0].id');
  assert.deepEqual(counts(await imported(who, [])), [0, 0, 0, 0, 0]);
});

test('a body that is no array of items is refused, wherever it breaks', async () => {
  const who = await somebody();
  const good = JSON.stringify(legacy('kept', '2024-01-01T00:00:00.000Z'));
  for (const text of ['', '{}', 'null', '[', `[${good}`, `[${good},]`, `[${good}}`, `[${good}] x`, `[${good} ${good}]`, '[{"id":"a","id":"b"}]', '[{"a":"\\u0000"}]']) {
    const answer = await who.call('POST', '/v1/imports', { body: Buffer.from(text), type: 'application/json' });
    assert.deepEqual([answer.status, answer.code], [400, 'MALFORMED_JSON'], text);
  }
  assert.equal((await who.call('POST', '/v1/imports', { body: Buffer.from('[]'), type: 'text/plain' })).status, 415);
  const spaced = await who.call('POST', '/v1/imports', { body: Buffer.from(` \n[ ${good} ,\t${good.replace('kept', 'k]{,\\"')} ]\r\n`), type: 'application/json', chunked: true });
  assert.equal(spaced.json.received, 2, spaced.text);
});

test('thousands come in by pieces, with bounded memory and in order', async () => {
  const who = await somebody();
  const many = Array.from({ length: 3000 }, (_, i) => legacy(`n${i}`, new Date(1_700_000_000_000 - Math.floor(i / 3)).toISOString(), { result: { text: 'x'.repeat(2000) } }));
  assert.deepEqual(counts(await imported(who, many)), [3000, 3000, 0, 0, 0]);
  assert.deepEqual(ids(await who.all('/v1/generations')), ids(many)); // those of one millisecond too
  assert.deepEqual(counts(await imported(who, many)), [3000, 0, 3000, 0, 0]);
  const large = legacy('large', '2024-01-01T00:00:00.000Z', { result: { text: 'y'.repeat(5 << 20) } });
  assert.deepEqual(counts(await imported(who, [large])), [1, 1, 0, 0, 0]);
});

test('of what is refused the first 100 are named', async () => {
  const who = await somebody();
  const bad = Array.from({ length: 120 }, (_, i) => legacy(`bad${i}`, '2024-01-01T00:00:00.000Z', { rating: 9 }));
  const answer = await imported(who, [...bad, legacy('good', '2024-01-01T00:00:00.000Z')]);
  assert.deepEqual(counts(answer), [121, 1, 0, 0, 120]);
  assert.deepEqual(answer.errors.map(({ path }) => path), bad.slice(0, 100).map((_, i) => `[${i}].rating`));
});

/** Sends the head of an import, and `pieces` until an answer comes; that, interim ones (100) in words. */
async function sendSlowly(who, fields, pieces = []) {
  const wire = await server.socket();
  wire.write(`POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${who.key}\r\nContent-Type: application/json\r\n${fields}\r\n\r\n`);
  for (const piece of pieces) {
    if (wire.received.length > 0) break;
    await new Promise((written) => wire.socket.write(piece, written));
  }
  await until('an answer', () => wire.received.includes('\r\n\r\n'));
  wire.close();
  return wire.received.toString();
}
const TOO_LARGE = /^HTTP\/1\.1 413 [^]*"code":"BODY_TOO_LARGE"/;

test('a file has at most 1 GiB, and an item 64 MiB', async () => {
  const who = await withKey(server, await somebody(), { scopes: ['import'] });
  const declared = (bytes) => sendSlowly(who, `Expect: 100-continue\r\nContent-Length: ${bytes}`);
  assert.match(await declared(2 ** 30), /^HTTP\/1\.1 100 /);
  assert.match(await declared(2 ** 30 + 1), TOO_LARGE);
  const piece = Buffer.alloc(1 << 20, 'x');
  const item = [Buffer.from('[{"prompt":"'), ...Array.from({ length: 65 }, () => piece)];
  assert.match(await sendSlowly(who, `Content-Length: ${100 << 20}`, item), TOO_LARGE);
});

test('the same id twice in a file is one item', async () => {
  const who = await somebody();
  const twice = [legacy('same', '2024-01-02T00:00:00.000Z'), legacy('same', '2024-01-01T00:00:00.000Z')];
  assert.deepEqual(counts(await imported(who, twice)), [2, 1, 1, 0, 0]);
  assert.equal((await who.get('/api/history/same')).json.timestamp, twice[0].timestamp);
});

test('a retried import is answered again', async () => {
  const who = await somebody();
  const file = [legacy('once', '2024-01-01T00:00:00.000Z')];
  const first = await who.post('/v1/imports', file, { key: 'i' });
  const second = await who.post('/v1/imports', file, { key: 'i' });
  assert.deepEqual([second.status, second.headers['idempotency-replayed'], second.json], [200, 'true', first.json]);
  assert.equal((await who.post('/v1/imports', [legacy('onde', '2024-01-01T00:00:00.000Z')], { key: 'i' })).status, 422);
});

test('an import needs its scope', async () => {
  const who = await somebody();
  const file = [legacy('a', '2024-01-01T00:00:00.000Z')];
  const writer = await withKey(server, who, { scopes: ['read', 'write'] });
  assert.equal((await writer.post('/v1/imports', file)).code, 'INSUFFICIENT_SCOPE');
  const importer = await withKey(server, who, { scopes: ['import'] });
  assert.equal((await imported(importer, file)).imported, 1);
  assert.equal((await importer.get('/v1/exports')).status, 403);
  assert.equal((await server.client.post('/v1/imports', file)).status, 401);
  const cross = await who.post('/v1/imports', file, { headers: { Origin: 'https://evil.example' } });
  assert.equal(cross.status, 403);
});

test('ids and times of two people do not meet', async () => {
  const [ann, bob] = [await somebody(), await somebody()];
  const file = Array.from({ length: 50 }, (_, i) => legacy(`i${i}`, '2022-02-02T02:02:02.002Z'));
  for (const who of [ann, bob]) assert.deepEqual(counts(await imported(who, file)), [50, 50, 0, 0, 0]);
  for (const who of [ann, bob]) assert.deepEqual(ids(await who.all('/v1/generations')), ids(file));
});

test('statistics count what is not in the trash', async () => {
  const who = await somebody();
  const empty = (await who.get('/v1/generations/stats')).json;
  assert.deepEqual(empty, { totalItems: 0, byCategory: {}, byModel: {}, oldestItem: null, newestItem: null });
  await imported(who, [legacy('a', '2024-01-01T00:00:00.000Z'), legacy('b', '2025-01-01T00:00:00.000Z', { modelId: 'n' }), legacy('c', '2023-01-01T00:00:00.000Z', { category: 'training' })]);
  await who.delete('/v1/generations/c');
  assert.deepEqual((await who.get('/v1/generations/stats')).json, {
    totalItems: 2, byCategory: { 'image-generation': 2 }, byModel: { m: 1, n: 1 }, oldestItem: '2024-01-01T00:00:00.000Z', newestItem: '2025-01-01T00:00:00.000Z',
  });
});

test('usage tells items and bytes, the trash included', async (t) => {
  const who = await somebody();
  await who.generation();
  const asset = await who.asset(noise(5000));
  await who.asset(noise(1000));
  await who.delete(`/v1/assets/${asset.id}`);
  const usage = (await who.get('/v1/usage')).json;
  assert.deepEqual(usage, { itemCount: 1, fileCount: 2, estimatedSize: 6000, trashSize: 5000, maxItems: null, maxSize: null, usagePercentage: null });
  const alone = await Server.forTest(t);
  await alone.client.asset(noise(1000));
  const own = (await alone.client.get('/v1/usage')).json;
  assert.equal(own.estimatedSize, 1000);
  assert.ok(own.maxSize > 1000 && own.usagePercentage >= 0 && own.usagePercentage < 100);
});
