// Idempotency-Key: a retry has one effect.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server, until } from './harness.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

let serial = 0;
const newKey = () => `key-${++serial}`;
const count = async () => (await client.all('/v1/generations')).length;

test('a retried creation is answered again and made once', async () => {
  const key = newKey();
  const first = await client.post('/v1/generations', { modelId: 'm', prompt: 'p' }, { key });
  assert.equal(first.status, 201);
  assert.equal(first.headers['idempotency-replayed'], undefined);
  const before = await count();
  const second = await client.post('/v1/generations', { modelId: 'm', prompt: 'p' }, { key });
  assert.equal(second.status, 201);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.deepEqual(second.json, first.json);
  assert.equal(second.headers.etag, first.headers.etag);
  assert.equal(await count(), before);
});

test('the answer is rendered anew: it shows what is there now, also in the trash', async () => {
  const key = newKey();
  const { json: made } = await client.post('/v1/generations', { modelId: 'm' }, { key });
  await client.patch(`/v1/generations/${made.id}`, { prompt: 'later' });
  assert.equal((await client.post('/v1/generations', { modelId: 'm' }, { key })).json.prompt, 'later');
  await client.delete(`/v1/generations/${made.id}`);
  const replay = await client.post('/v1/generations', { modelId: 'm' }, { key });
  assert.equal(replay.status, 201);
  assert.notEqual(replay.json.deletedAt, null);
});

test('the key with another request is 422', async () => {
  const key = newKey();
  const { json: made } = await client.post('/v1/generations', { modelId: 'm' }, { key });
  const path = `/v1/generations/${made.id}`;
  for (const answer of [
    await client.post('/v1/generations', { modelId: 'n' }, { key }),
    await client.post('/v1/generations?userId=x', { modelId: 'm' }, { key }),
    await client.patch(path, { modelId: 'm' }, { key }),
    await client.delete(path, { key }),
    await client.upload(noise(10), { key }),
  ]) {
    assert.equal(answer.status, 422);
    assert.equal(answer.code, 'IDEMPOTENCY_KEY_REUSED');
  }
  assert.equal((await client.get(path)).status, 200);
});

test('changes, deletion and restore replay too', async () => {
  const made = await client.generation();
  const path = `/v1/generations/${made.id}`;
  const steps = [
    () => [client, 'PATCH', path, { rating: 1 }, 200], () => [client, 'PUT', path, { modelId: 'p' }, 200],
    () => [client, 'DELETE', path, undefined, 204], () => [client, 'POST', `${path}/restore`, undefined, 200],
  ];
  for (const step of steps) {
    const [caller, method, at, json, status] = step();
    const key = newKey();
    const first = await caller.call(method, at, { json, key });
    assert.equal(first.status, status, `${method} ${first.text}`);
    const second = await caller.call(method, at, { json, key });
    assert.equal(second.status, status, `${method} again ${second.text}`);
    assert.equal(second.headers['idempotency-replayed'], 'true', method);
    assert.deepEqual(second.text, first.text);
  }
  assert.equal((await client.get(path)).json.version, 5);
});

test('a replay goes before If-Match', async () => {
  const made = await client.generation();
  const key = newKey();
  const send = () => client.patch(`/v1/generations/${made.id}`, { rating: 2 }, { key, ifMatch: '"1"' });
  assert.equal((await send()).status, 200);
  const again = await send();
  assert.equal(again.status, 200);
  assert.equal(again.headers['idempotency-replayed'], 'true');
});

test('a refusal is not kept: the key is free for another try', async () => {
  const key = newKey();
  assert.equal((await client.post('/v1/generations', { modelId: '' }, { key })).status, 400);
  assert.equal((await client.patch('/v1/generations/none', {}, { key })).status, 404);
  assert.equal((await client.upload(noise(5), { key, query: { generationId: 'none' } })).status, 404);
  await client.generation({ id: 'taken' });
  assert.equal((await client.post('/v1/generations', { modelId: 'm', id: 'taken' }, { key })).status, 409);
  const made = await client.post('/v1/generations', { modelId: 'm' }, { key });
  assert.equal(made.status, 201);
  assert.equal(made.headers['idempotency-replayed'], undefined);
});

test('a key is visible ASCII of at most 255 characters', async () => {
  for (const key of ['a b', 'ü', '', 'x'.repeat(256)]) {
    const answer = await client.post('/v1/generations', { modelId: 'm' }, { key });
    assert.equal(answer.status, 400, key);
    assert.deepEqual(answer.fields, ['Idempotency-Key']);
  }
  assert.equal((await client.post('/v1/generations', { modelId: 'm' }, { key: 'x'.repeat(255) })).status, 201);
  assert.equal((await client.get('/v1/generations', { key: 'a b' })).status, 200, 'reads take no key');
});

test('many at once with one key have one effect', async () => {
  const key = newKey();
  const id = `at-once-${key}`;
  const send = async () => {
    for (;;) {
      const answer = await client.post('/v1/generations', { modelId: 'm', id }, { key });
      if (answer.status !== 409) return answer;
      assert.equal(answer.code, 'IDEMPOTENCY_IN_FLIGHT');
      assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
  };
  const answers = await Promise.all(Array.from({ length: 32 }, send));
  assert.deepEqual(answers.map(({ status }) => status), answers.map(() => 201));
  assert.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
});

test('a retried upload is compared with the bytes of the first', async () => {
  const key = newKey();
  const bytes = noise(70_000);
  const first = await client.upload(bytes, { key, query: { filename: 'a.bin' } });
  assert.equal(first.status, 201);
  const files = server.blobFiles().length;
  const second = await client.upload(bytes, { key, query: { filename: 'a.bin' } });
  assert.equal(second.status, 201);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.deepEqual(second.json, first.json);
  const others = [[noise(70_000), 'a.bin'], [noise(69_999), 'a.bin'], [bytes, 'b.bin']];
  for (const [other, filename] of others) assert.equal((await client.upload(other, { key, query: { filename } })).code, 'IDEMPOTENCY_KEY_REUSED');
  assert.equal(server.blobFiles().length, files);
});

test('a retried upload is answered while its asset lies in the trash', async () => {
  const key = newKey();
  const bytes = noise(100);
  const { json: made } = await client.upload(bytes, { key });
  await client.delete(`/v1/assets/${made.id}`);
  const replay = await client.upload(bytes, { key });
  assert.equal(replay.status, 201);
  assert.equal(replay.headers['idempotency-replayed'], 'true');
  assert.equal(replay.json.id, made.id);
  assert.notEqual(replay.json.deletedAt, null);
});

test('a retried duplicate is a duplicate again; deletion and restore of an asset replay', async () => {
  const bytes = noise(200);
  const made = await client.asset(bytes);
  const key = newKey();
  for (const replayed of [undefined, 'true']) {
    const answer = await client.upload(bytes, { key });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.duplicate, true);
    assert.equal(answer.headers['idempotency-replayed'], replayed);
  }
  for (const [method, path, status] of [['DELETE', `/v1/assets/${made.id}`, 204], ['POST', `/v1/assets/${made.id}/restore`, 200]]) {
    const own = newKey();
    for (const replayed of [undefined, 'true']) {
      const answer = await client.call(method, path, { key: own });
      assert.equal(answer.status, status);
      assert.equal(answer.headers['idempotency-replayed'], replayed);
    }
  }
});

test('while the first is still running the second waits', async () => {
  const key = newKey();
  const bytes = noise(2 << 20);
  const head = `POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: ${key}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  const wire = await server.socket();
  wire.write(head);
  wire.write(bytes.subarray(0, 1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  const second = await client.upload(bytes, { key });
  assert.equal(second.status, 409);
  assert.equal(second.code, 'IDEMPOTENCY_IN_FLIGHT');
  assert.ok(Number(second.headers['retry-after']) >= 1);
  wire.write(bytes.subarray(1 << 20));
  const [first] = await wire.answered(1);
  assert.equal(first.status, 201);
  wire.close();
  const third = await client.upload(bytes, { key });
  assert.equal(third.status, 201);
  assert.equal(third.headers['idempotency-replayed'], 'true');
});

test('a first that is cut gives its key back', async () => {
  const key = newKey();
  const bytes = noise(2 << 20);
  const wire = await server.socket();
  wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: ${key}\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  wire.write(bytes.subarray(0, 1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  wire.reset();
  const answer = await until('the key to be free', async () => {
    const tried = await client.upload(bytes, { key });
    return tried.status === 409 ? null : tried;
  });
  assert.equal(answer.status, 201);
});

test('answers are kept over a restart', async (t) => {
  const own = await Server.forTest(t);
  const picture = png();
  const digest = `sha-256=:${createHash('sha256').update(picture).digest('base64')}:`;
  const send = () => Promise.all([
    own.client.post('/v1/generations', { modelId: 'm' }, { key: 'one' }),
    own.client.upload(picture, { key: 'two', headers: { 'Repr-Digest': digest } }),
  ]);
  const first = await send();
  await own.restart();
  const second = await send();
  second.forEach((answer, i) => {
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['idempotency-replayed'], 'true');
    assert.deepEqual(answer.json, first[i].json);
  });
  assert.equal((await own.client.post('/v1/generations', { modelId: 'n' }, { key: 'one' })).status, 422);
});
