// Fumi's wire: the routes that an app has in place of its history in localStorage, and what went wrong there before.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server } from './harness.mjs';
import { signUp, withKey } from './people.mjs';

const server = new Server({ variables: { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' } });
let ann;
let bob;
let serial = 0;
before(async () => {
  await server.start();
  ann = await signUp(server, 'ann@example.com');
  bob = await signUp(server, 'bob@example.com');
});
after(() => server.dispose());

const NEW = { modelId: 'fal-ai/flux', modelName: 'FLUX', category: 'image-generation', provider: 'fal', prompt: 'a fox' };
const UNKNOWN = '01890000-0000-7000-8000-000000000000';
const ids = (items) => items.map(({ id }) => id);

/** Somebody with an empty history. */
const somebody = () => signUp(server, `u${++serial}@example.com`);

async function item(who, members = {}, options) {
  const answer = await who.post('/api/history', { ...NEW, ...members }, options);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function upload(who, bytes, { fields = {}, filename = 'fox.png', ...options } = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (bytes) data.append('file', new Blob([bytes], { type: 'image/png' }), filename);
  const form = new Request(`${server.url}/api/upload`, { method: 'POST', body: data });
  return who.call('POST', '/api/upload', { body: Buffer.from(await form.arrayBuffer()), type: form.headers.get('content-type'), ...options });
}

/** Streams zeros as a form's file. */
function largeFile(key, historyItemId, size) {
  const head = `--b\r\nContent-Disposition: form-data; name="historyItemId"\r\n\r\n${historyItemId}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="zeros.bin"\r\n\r\n`;
  const tail = '\r\n--b--\r\n';
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': head.length + size + tail.length };
  return new Promise((done, failed) => {
    const asking = request({ host: server.host, port: server.port, method: 'POST', path: '/api/upload', headers }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece)).on('end', () => (answer.statusCode === 200 ? done(JSON.parse(text)) : failed(new Error(text))));
    });
    asking.on('error', failed);
    const zeros = Buffer.alloc(1 << 20);
    async function* pieces() {
      yield Buffer.from(head);
      for (let left = size; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
      yield Buffer.from(tail);
    }
    pipeline(pieces, asking).catch(failed);
  });
}

async function media(who, historyItemId, bytes = png(6, 4)) {
  const answer = await upload(who, bytes, { fields: { historyItemId } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('vector 1: two items of four files each are two items, each whole', async () => {
  const who = await somebody();
  const made = [];
  for (const prompt of ['first', 'second']) {
    const { id } = await item(who, { prompt });
    const files = [];
    for (let i = 0; i < 4; i++) files.push((await media(who, id)).id);
    made.unshift({ id, files });
  }
  let cursor = '';
  for (const { id, files } of made) {
    const page = (await who.get(`/api/history?limit=1${cursor}`)).json;
    assert.deepEqual(ids(page.items), [id]);
    assert.deepEqual(ids(page.items[0].mediaFiles).sort(), files.sort());
    for (const file of page.items[0].mediaFiles) assert.deepEqual([file.historyItemId, file.fileType, file.width, file.height], [id, 'image', 6, 4]);
    cursor = `&cursor=${page.nextCursor}`;
  }
  assert.equal(cursor, '&cursor=null');
});

test('vector 2: a search lists the newest first, by words or by parts of them', async () => {
  const who = await somebody();
  const foxes = [];
  for (const prompt of ['foxes in the snow', 'a fox', 'a whale', 'the fox runs']) {
    const { id } = await item(who, { prompt });
    if (/fox/.test(prompt)) foxes.unshift(id);
  }
  const search = async (query) => {
    const answer = await who.get(`/api/history/search?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return ids(answer.json.items);
  };
  assert.deepEqual(await search('q=fox'), foxes);
  assert.deepEqual(await search('q=wha'), await search('q=ha')); // the beginning of a word, and its middle
  assert.equal((await search('q=LUX')).length, 4); // a part of modelName, whatever its case
  assert.equal((await search('q=%20%20')).length, 4);
  assert.equal((await search('')).length, 4);
  await search('q=%22%2A%20OR%20-'); // any text is valid
  assert.deepEqual(await search('q=fox&category=training'), []);
  assert.deepEqual(ids(await who.all('/api/history/search?q=fox', 1)), foxes);
  assert.deepEqual(ids(await who.all('/api/history/search?q=ox', 1)), foxes);
});

test('vector 3: a userId that the client sends changes nothing', async () => {
  const annId = (await ann.get('/v1/me')).json.id;
  const claim = { headers: { userId: annId, 'X-User-Id': annId } };
  const answer = await bob.post(`/api/history?userId=${annId}`, { ...NEW, modelId: 'claimed', userId: annId }, claim);
  assert.equal(answer.status, 201, answer.text);
  const { id } = answer.json;
  assert.equal((await ann.get(`/api/history/${id}`)).status, 404);
  assert.deepEqual(ids((await bob.get(`/api/history?modelId=claimed&userId=${annId}`, claim)).json.items), [id]);
  const file = await upload(bob, noise(40), { fields: { userId: annId }, ...claim });
  assert.equal(file.status, 200, file.text);
  assert.equal((await ann.get(`/v1/assets/${file.json.id}`)).status, 404);
  const mine = await item(ann);
  assert.equal((await bob.put(`/api/history/${mine.id}?userId=${annId}`, { prompt: 'stolen', userId: annId }, claim)).status, 404);
  await bob.put(`/api/history/${id}`, { userId: annId, createdAt: '2001-01-01T00:00:00.000Z', id: 'other' });
  assert.deepEqual((({ createdAt, id: same }) => [createdAt, same])((await bob.get(`/api/history/${id}`)).json), [answer.json.createdAt, id]);
});

test('vector 4: another\'s item is as if it were not there', async () => {
  const { id } = await item(ann, { prompt: 'mine' });
  const { id: kept } = (await ann.get(`/api/history/${id}`)).json;
  const shape = ({ status, json: { requestId, ...body } }) => ({ status, body });
  for (const [method, json] of [['GET'], ['PUT', { prompt: 'stolen' }], ['DELETE']]) {
    for (const options of [{}, { ifMatch: '"1"' }, method === 'GET' ? {} : { key: `k-${method}` }]) {
      const foreign = await bob.call(method, `/api/history/${kept}`, { json, ...options });
      assert.equal(foreign.status, 404, foreign.text);
      assert.deepEqual(shape(foreign), shape(await bob.call(method, `/api/history/${UNKNOWN}`, { json, ...options })));
    }
  }
  const file = await upload(bob, noise(20), { fields: { historyItemId: id } });
  assert.equal(file.status, 404);
  assert.equal(file.json.details.historyItemId, 'There is no such history item.');
  assert.equal((await bob.get(`/api/history?cursor=${id}`)).code, 'INVALID_CURSOR');
  assert.equal((await ann.get(`/api/history/${id}`)).json.prompt, 'mine');
});

test('vector 5: the same bytes on one item are one file; deleted, they come back', async () => {
  const bytes = png(9, 9);
  const { id } = await item(ann);
  const first = await upload(ann, bytes, { fields: { historyItemId: id } });
  assert.deepEqual([first.status, first.json.duplicate], [200, undefined]);
  const second = await upload(ann, bytes, { fields: { historyItemId: id } });
  assert.deepEqual([second.status, second.json.duplicate, second.json.id], [200, true, first.json.id]);
  assert.equal((await ann.delete(`/v1/assets/${first.json.id}`)).status, 204);
  assert.deepEqual((await ann.get(`/api/history/${id}`)).json.mediaFiles, []);
  const third = await upload(ann, bytes, { fields: { historyItemId: id } });
  assert.deepEqual([third.status, third.json.id], [200, first.json.id]);
  assert.deepEqual(ids((await ann.get(`/api/history/${id}`)).json.mediaFiles), [first.json.id]);
  const { id: other } = await item(ann);
  const elsewhere = await upload(ann, bytes, { fields: { historyItemId: other } });
  assert.notEqual(elsewhere.json.id, first.json.id);
});

test('vector 6: a retry with the same key has one effect, another request with it none', async () => {
  const who = await somebody();
  const first = await who.post('/api/history', NEW, { key: 'create' });
  const second = await who.post('/api/history', NEW, { key: 'create' });
  assert.deepEqual([second.status, second.headers['idempotency-replayed']], [201, 'true']);
  assert.deepEqual(second.json, first.json);
  assert.equal((await who.post('/api/history', { ...NEW, prompt: 'other' }, { key: 'create' })).status, 422);
  assert.equal((await who.get('/api/history')).json.items.length, 1);
  const path = `/api/history/${first.json.id}`;
  const changed = await who.put(path, { prompt: 'changed' }, { key: 'change' });
  const again = await who.put(path, { prompt: 'changed' }, { key: 'change' });
  assert.deepEqual([again.status, again.headers['idempotency-replayed'], again.text], [200, 'true', changed.text]);
  assert.equal((await who.put(path, { prompt: 'else' }, { key: 'change' })).status, 422);
  const bytes = png();
  const data = new FormData();
  data.append('file', new Blob([bytes]), 'a.png');
  const sent = new Request(server.url, { method: 'POST', body: data });
  const form = { body: Buffer.from(await sent.arrayBuffer()), type: sent.headers.get('content-type'), key: 'file' };
  const kept = await who.call('POST', '/api/upload', form);
  const replayed = await who.call('POST', '/api/upload', form);
  assert.deepEqual([replayed.status, replayed.headers['idempotency-replayed'], replayed.json.id], [200, 'true', kept.json.id]);
  for (const [method, at] of [['DELETE', path], ['DELETE', '/api/history']]) {
    const gone = await who.call(method, at, { key: `gone ${at}`.replaceAll(' ', '-') });
    assert.equal(gone.status, 200, gone.text);
    const twice = await who.call(method, at, { key: `gone ${at}`.replaceAll(' ', '-') });
    assert.deepEqual([twice.status, twice.headers['idempotency-replayed'], twice.json], [200, 'true', gone.json]);
  }
});

test('vector 7: a cursor holds under inserts, equal times and the deletion of its item', async () => {
  const who = await somebody();
  const timestamp = '2024-05-06T07:08:09.010Z';
  const old = Array.from({ length: 5 }, (_, i) => ({ ...NEW, id: `same-${i}`, timestamp }));
  assert.equal((await who.post('/v1/imports', old)).json.imported, 5);
  const newest = [];
  for (let i = 0; i < 3; i++) newest.unshift((await item(who)).id);
  let whole = ids(await who.all('/api/history'));
  assert.deepEqual(whole, [...newest, ...ids(old)]);
  for (const at of [2, 4, 6]) {
    const page = (await who.get(`/api/history?limit=${at}`)).json;
    assert.deepEqual(ids(page.items), whole.slice(0, at));
    await item(who); // in front of all of them
    for (const cursor of [page.nextCursor, whole[at - 1]]) {
      assert.deepEqual(ids((await who.get(`/api/history?cursor=${cursor}`)).json.items), whole.slice(at), cursor);
    }
    whole = ids(await who.all('/api/history'));
  }
  const page = (await who.get(`/api/history?cursor=${whole[0]}&limit=4`)).json;
  const last = page.items.at(-1).id;
  assert.equal((await who.delete(`/api/history/${last}`)).status, 200);
  const follows = async (cursor) => ids((await who.get(`/api/history?cursor=${cursor}`)).json.items);
  for (const cursor of [page.nextCursor, last]) assert.deepEqual(await follows(cursor), whole.slice(5));
  assert.equal((await who.delete('/v1/trash')).status, 200); // gone for good
  for (const cursor of [page.nextCursor, last]) assert.deepEqual(await follows(cursor), whole.slice(5));
});

test('vector 8: a category is any text', async () => {
  for (const category of ['image-generation', 'speech-to-text', 'training', 'something else']) {
    assert.equal((await item(ann, { category })).category, category);
    assert.equal((await ann.get(`/api/history?category=${encodeURIComponent(category)}&limit=1`)).json.items[0].category, category);
  }
});

test('vector 9: a size over 2^31 is a number', async () => {
  const size = 2 ** 31 + 5;
  const { id } = await item(bob);
  const made = await largeFile((await withKey(server, bob)).key, id, size);
  assert.deepEqual([made.fileSize, made.metadata.size], [size, size]);
  assert.equal((await bob.get(`/api/history/${id}`)).json.mediaFiles[0].fileSize, size);
});

test('an item has every member of the app\'s type, and unknown ones inside are kept', async () => {
  const inputParams = { image: {}, seeds: [1, '2'], url: 'https://fal.media/a.png' };
  const result = { images: [{ url: 'https://fal.media/b.png', file_size: 7, content_type: 'image/png' }], video: { url: 'x' } };
  const metadata = { processingTime: 12.5, version: '1', extra: { a: null } };
  const answer = await ann.post('/api/history', { ...NEW, inputParams, result, metadata, color: 'dropped' });
  assert.equal(answer.status, 201, answer.text);
  const { id, timestamp, createdAt, updatedAt, ...rest } = answer.json;
  assert.deepEqual(rest, { ...NEW, inputParams, result, metadata, mediaFiles: [] });
  assert.equal(answer.headers.location, `/api/history/${id}`);
  assert.deepEqual([timestamp, updatedAt], [createdAt, createdAt]);
  assert.deepEqual((await ann.get(`/api/history/${id}`)).json, answer.json);
  const bare = await item(ann);
  assert.deepEqual([bare.inputParams, bare.result, bare.metadata], [{}, {}, {}]);
  assert.notEqual((await item(ann, { id: 'gen_1_mine', timestamp: '2001-01-01T00:00:00.000Z' })).id, 'gen_1_mine');
});

test('each member that is missing or wrong is named', async () => {
  const refused = async (json, method = 'POST', path = '/api/history') => {
    const answer = await ann.call(method, path, { json });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.json.error, /\.$/);
    return Object.keys(answer.json.details ?? {}).sort();
  };
  assert.deepEqual(await refused({}), ['category', 'modelId', 'modelName', 'prompt', 'provider']);
  assert.deepEqual(await refused({ ...NEW, prompt: 3, provider: null, inputParams: [], result: 'x', metadata: null }), ['inputParams', 'metadata', 'prompt', 'provider', 'result']);
  assert.deepEqual(await refused({ ...NEW, modelId: '', category: 'c'.repeat(256) }), ['category', 'modelId']);
  const { id } = await item(ann);
  assert.deepEqual(await refused({ prompt: null, metadata: 1 }, 'PUT', `/api/history/${id}`), ['metadata', 'prompt']);
  for (const query of ['limit=0', 'limit=101', 'limit=1.5', 'limit=abc', 'from=yesterday', 'to=1', 'modelId=']) {
    assert.deepEqual(await refused(undefined, 'GET', `/api/history?${query}`), [query.split('=')[0]], query);
  }
  assert.deepEqual(await refused(undefined, 'DELETE', '/api/history?modelId=m'), ['modelId']); // never more than was meant
  for (const days of [-1, 36_501]) assert.deepEqual(await refused(undefined, 'DELETE', `/api/history?olderThanDays=${days}`), ['olderThanDays']);
  assert.equal((await ann.get('/api/history?cursor=none%20such')).code, 'INVALID_CURSOR');
  assert.equal((await ann.post('/api/history', '{"a":')).code, 'MALFORMED_JSON');
  assert.equal((await ann.get('/api/history?color=red&offset=3')).status, 200); // what the app's wire does not know, it drops
});

test('a change changes only the members that were sent', async () => {
  const made = await item(ann, { inputParams: { a: 1, b: 2 }, result: { text: 'x' } });
  const path = `/api/history/${made.id}`;
  const changed = await ann.put(path, { prompt: 'a whale', inputParams: { c: 3 } });
  assert.equal(changed.status, 200, changed.text);
  const { updatedAt, ...rest } = changed.json;
  const { updatedAt: before, ...kept } = made;
  assert.deepEqual(rest, { ...kept, prompt: 'a whale', inputParams: { c: 3 } });
  assert.ok(updatedAt >= before);
  assert.deepEqual(ids((await ann.get('/api/history/search?q=whale&limit=1')).json.items), [made.id]);
  assert.equal((await ann.put(`/api/history/${UNKNOWN}`, {})).status, 404); // never creates
  const stale = await ann.put(path, { prompt: 'late' }, { ifMatch: '"1"' });
  assert.deepEqual([stale.status, stale.json.details.current], [412, changed.json]);
  assert.equal((await ann.delete(path, { ifMatch: '"1"' })).status, 412);
});

test('filters narrow the list; the days of a range are both in it', async () => {
  const who = await somebody();
  const at = (day, id, members) => ({ ...NEW, id, timestamp: `2024-03-0${day}T00:00:00.000Z`, ...members });
  const list = [at(3, 'c', { modelId: 'm2' }), at(2, 'b', { provider: 'other' }), at(1, 'a', { category: 'training' })];
  assert.equal((await who.post('/v1/imports', list)).json.imported, 3);
  const found = async (query) => ids((await who.get(`/api/history?${query}`)).json.items);
  assert.deepEqual(await found('modelId=m2'), ['c']);
  assert.deepEqual(await found('provider=other'), ['b']);
  assert.deepEqual(await found('category=training'), ['a']);
  assert.deepEqual(await found('from=2024-03-02T00:00:00.000Z'), ['c', 'b']);
  assert.deepEqual(await found('to=2024-03-02T00:00:00.000Z'), ['b', 'a']);
  assert.deepEqual(await found('from=2024-03-02T00:00:00.000Z&to=2024-03-02T00:00:00.000Z'), ['b']);
});

test('a deleted item goes into the trash with its files, once', async () => {
  const { id } = await item(ann);
  const file = await media(ann, id);
  assert.deepEqual((await ann.delete(`/api/history/${id}`)).json, { deleted: 1 });
  assert.equal((await ann.delete(`/api/history/${id}`)).status, 404);
  assert.equal((await ann.get(`/api/history/${id}`)).status, 404);
  assert.equal((await ann.post(`/v1/generations/${id}/restore`)).status, 200);
  assert.deepEqual(ids((await ann.get(`/api/history/${id}`)).json.mediaFiles), [file.id]);
});

test('clearing moves everything into the trash, and can be undone', async () => {
  const who = await somebody();
  for (let i = 0; i < 3; i++) await item(who);
  const other = await item(bob);
  const cleared = await who.delete('/api/history');
  assert.deepEqual([cleared.status, cleared.json.deleted], [200, 3]);
  assert.deepEqual((await who.get('/api/history')).json, { items: [], nextCursor: null });
  assert.equal((await bob.get(`/api/history/${other.id}`)).status, 200);
  assert.equal((await who.post(`/v1/bulk/${cleared.json.operation}/undo`)).status, 200);
  assert.equal((await who.get('/api/history')).json.items.length, 3);
});

test('what is older than so many days is cleared by whoever asks, never by itself', async () => {
  const who = await somebody();
  const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
  const list = [1, 6, 8, 400].map((days) => ({ ...NEW, id: `d${days}`, timestamp: ago(days) }));
  assert.equal((await who.post('/v1/imports', list)).json.imported, 4);
  assert.equal((await who.get('/api/history')).json.items.length, 4);
  assert.equal((await who.delete('/api/history?olderThanDays=100')).json.deleted, 1);
  const bulk = await who.post('/v1/bulk', { action: 'trash', olderThanDays: 7 });
  assert.deepEqual([bulk.status, bulk.json.changed], [200, 1]);
  assert.deepEqual(ids((await who.get('/api/history')).json.items), ['d1', 'd6']);
});

test('an upload answers what either app reads', async () => {
  const bytes = png(7, 5);
  const answer = await upload(ann, bytes, { filename: 'a fox.png' });
  assert.equal(answer.status, 200, answer.text);
  const { id, url, signedUrl, blobUrl, checksumSha256, width, height, duration, metadata } = answer.json;
  assert.match(id, /^img_/);
  assert.equal(checksumSha256, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual([width, height, duration, 'uploadUrl' in answer.json], [7, 5, null, false]);
  assert.deepEqual([metadata.filename, metadata.size, metadata.contentType], ['a fox.png', bytes.length, 'image/png']);
  assert.match(metadata.uploadedAt, /Z$/);
  // A model's provider fetches it without a login; the other address is the owner's.
  assert.ok((await server.client.get(url)).body.equals(bytes));
  assert.equal(signedUrl, url);
  assert.equal((await server.client.get(blobUrl)).status, 401);
  assert.ok((await ann.get(blobUrl)).body.equals(bytes));
  const none = await upload(ann, null, { fields: { historyItemId: 'x' } });
  assert.deepEqual([none.status, none.json.error], [400, 'No file provided.']);
  assert.equal((await ann.call('POST', '/api/upload', { body: bytes, type: 'image/png' })).status, 415);
  assert.equal((await upload(ann, png(), { fields: { color: 'red' } })).status, 200); // dropped
});

test('nobody gets in without a login or scope, nor another site with a cookie', async () => {
  const reader = await withKey(server, ann, { scopes: ['read'] });
  const { id } = await item(ann);
  for (const [method, path, json] of [
    ['GET', '/api/history'], ['GET', '/api/history/search'], ['GET', `/api/history/${id}`],
    ['POST', '/api/history', NEW], ['PUT', `/api/history/${id}`, {}], ['DELETE', `/api/history/${id}`], ['DELETE', '/api/history'],
  ]) {
    assert.equal((await server.client.call(method, path, { json })).status, 401, `${method} ${path}`);
    if (method === 'GET') {
      assert.equal((await reader.call(method, path)).status, 200);
      continue;
    }
    const denied = await reader.call(method, path, { json });
    assert.deepEqual([denied.status, denied.code], [403, 'INSUFFICIENT_SCOPE'], `${method} ${path}`);
    const cross = await ann.call(method, path, { json, headers: { Origin: 'https://evil.example' } });
    assert.equal(cross.status, 403, `${method} ${path}`);
  }
  assert.equal((await upload(server.client, png())).status, 401);
  assert.equal((await upload(reader, png())).status, 403);
  assert.equal((await ann.get(`/api/history/${id}`)).status, 200);
});

test('mutations are counted with all others', async () => {
  const who = await somebody();
  let answer;
  for (let i = 0; i < 400 && answer?.status !== 429; i++) answer = await who.put(`/api/history/${UNKNOWN}`, {});
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers['retry-after']) >= 1);
  assert.equal((await who.get('/api/history')).status, 200);
});
