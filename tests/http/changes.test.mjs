// Changes to a generation: patch, replacement, versions, trash.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from './fixtures.mjs';
import { Server } from './harness.mjs';
import { keepsSpelling } from './storage.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const path = ({ id }) => `/v1/generations/${id}`;

test('a patch changes what it names and nothing else', async () => {
  const made = await client.generation({ prompt: 'a fox', provider: 'fal', tags: ['x'], rating: 2, metadata: { a: 1 } });
  const answer = await client.patch(path(made), { prompt: 'a wolf', rating: 5 });
  assert.equal(answer.status, 200);
  const { updatedAt, ...rest } = answer.json;
  const { updatedAt: before, ...expected } = { ...made, prompt: 'a wolf', rating: 5, version: 2 };
  assert.deepEqual(rest, expected);
  assert.ok(updatedAt >= before);
  assert.equal(answer.headers.etag, '"2"');
  assert.deepEqual((await client.get(path(made))).json, answer.json);
});

test('objects merge (RFC 7396), and what is not named keeps its spelling', async () => {
  const body = '{"modelId":"m","id":"merged","metadata":{"keep":1.50,"gone":1,"deep":{"a":12345678901234567890123,"b":2},"list":[1,2]},"result":[1]}';
  assert.equal((await client.post('/v1/generations', body)).status, 201);
  const answer = await client.patch('/v1/generations/merged', '{"metadata":{"gone":null,"deep":{"b":null,"c":3.0},"list":[3],"new":{"x":null,"y":1}},"result":{"now":"an object"}}');
  assert.equal(answer.status, 200);
  if (keepsSpelling) {
    assert.ok(answer.text.includes('"metadata":{"keep":1.50,"deep":{"a":12345678901234567890123,"c":3.0},"list":[3],"new":{"y":1}}'), answer.text);
  } else {
    const read = await client.get('/v1/generations/merged');
    assert.ok(read.text.includes('"metadata":{"new": {"y": 1}, "deep": {"a": 12345678901234567890123, "c": 3.0}, "keep": 1.50, "list": [3]}'), read.text);
  }
  assert.deepEqual(answer.json.result, { now: 'an object' });
});

test('null gives a member its default back', async () => {
  const made = await client.generation({
    modelName: 'n', provider: 'p', category: 'c', prompt: 'p', inputParams: { a: 1 }, metadata: { a: 1 }, result: { a: 1 }, recipe: { seed: 1 },
    status: 'failed', error: 'e', duration: 1, cost: { amount: '1', currency: 'USD' }, favorite: true, rating: 1, tags: ['t'],
  });
  const nothing = Object.fromEntries(['modelName', 'provider', 'category', 'prompt', 'inputParams', 'metadata', 'result', 'recipe', 'status', 'error', 'duration', 'cost', 'favorite', 'rating', 'tags'].map((name) => [name, null]));
  const answer = await client.patch(path(made), nothing);
  assert.equal(answer.status, 200, answer.text);
  const plain = await client.generation();
  for (const name of Object.keys(nothing)) assert.deepEqual(answer.json[name], plain[name], name);
  const refused = await client.patch(path(made), { modelId: null });
  assert.deepEqual(refused.fields, ['modelId']);
});

test('cost and recipe merge too, and stay whole', async () => {
  const made = await client.generation({ cost: { amount: '1', currency: 'EUR' }, recipe: { seed: 1, loras: [{ name: 'a' }] } });
  assert.deepEqual((await client.patch(path(made), { cost: { amount: '2.50' } })).json.cost, { amount: '2.50', currency: 'EUR' });
  assert.deepEqual((await client.patch(path(made), { recipe: { seed: null, steps: 5 } })).json.recipe, { loras: [{ name: 'a' }], steps: 5 });
  assert.deepEqual((await client.patch(path(made), { recipe: { loras: [{ weight: 1 }] } })).fields, ['recipe.loras[0].name']);
  assert.deepEqual((await client.patch(path(made), { cost: { amount: null } })).fields, ['cost.amount']);
  assert.equal((await client.patch(path(made), { cost: null })).json.cost, null);
  assert.deepEqual((await client.patch(path(made), { cost: { amount: '3' } })).fields, ['cost.currency']);
  assert.deepEqual((await client.patch(path(made), { cost: { amount: '3', currency: 'USD' } })).json.cost, { amount: '3', currency: 'USD' });
});

test('a patch is checked like a creation, member by member', async () => {
  const made = await client.generation();
  const answer = await client.patch(path(made), { rating: 9, status: 'x', id: 'other', createdAt: null, colour: 1, tags: [''], userId: 'ignored' });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.fields, ['colour', 'createdAt', 'id', 'rating', 'status', 'tags[0]']);
  assert.deepEqual((await client.get(path(made))).json, made);
});

test('a patch says what it is', async () => {
  const made = await client.generation();
  for (const type of ['application/merge-patch+json', 'application/json', 'application/merge-patch+json; charset=utf-8']) {
    assert.equal((await client.patch(path(made), { rating: 1 }, { type })).status, 200, type);
  }
  for (const type of ['application/json-patch+json', 'text/plain', 'application/octet-stream']) {
    const answer = await client.patch(path(made), { rating: 2 }, { type });
    assert.equal(answer.status, 415, type);
    assert.equal(answer.code, 'UNSUPPORTED_MEDIA_TYPE');
  }
  assert.equal((await client.put(path(made), { modelId: 'm' }, { type: 'application/merge-patch+json' })).status, 415);
});

test('a replacement sets every member, and never creates', async () => {
  const made = await client.generation({ prompt: 'p', rating: 3, metadata: { a: 1 }, favorite: true });
  const answer = await client.put(path(made), { modelId: 'other', tags: ['t'] });
  assert.equal(answer.status, 200, answer.text);
  const plain = await client.generation({ modelId: 'other', tags: ['t'] });
  const { id, createdAt, updatedAt, ...rest } = answer.json;
  assert.equal(id, made.id);
  assert.equal(createdAt, made.createdAt);
  assert.deepEqual(rest, { ...Object.fromEntries(Object.entries(plain).filter(([name]) => name in rest)), version: 2 });
  assert.deepEqual((await client.put(path(made), { prompt: 'p' })).fields, ['modelId']);
  assert.equal((await client.put('/v1/generations/not-there', { modelId: 'm' })).status, 404);
  assert.equal((await client.get('/v1/generations/not-there')).status, 404);
});

test('If-Match refuses a stale version with 412 and shows the current one', async () => {
  const made = await client.generation({ prompt: 'one' });
  assert.equal((await client.patch(path(made), { prompt: 'two' }, { ifMatch: '"1"' })).json.version, 2);
  for (const [method, body] of [['PATCH', { prompt: 'three' }], ['PUT', { modelId: 'm' }], ['DELETE']]) {
    for (const ifMatch of ['"1"', '"3"']) {
      const answer = await client.call(method, path(made), { json: body, ifMatch });
      assert.equal(answer.status, 412, method);
      assert.equal(answer.code, 'PRECONDITION_FAILED');
      assert.deepEqual(answer.json.details.current, (await client.get(path(made))).json);
    }
    for (const ifMatch of ['W/"2"', '2', '"two"']) {
      assert.equal((await client.call(method, path(made), { json: body, ifMatch })).status, 412, ifMatch);
    }
  }
  assert.equal((await client.get(path(made))).json.prompt, 'two');
  assert.equal((await client.patch(path(made), {}, { ifMatch: '*' })).status, 200);
  assert.equal((await client.patch('/v1/generations/none', {}, { ifMatch: '"1"' })).status, 404);
  assert.equal((await client.delete(path(made), { ifMatch: '"3"' })).status, 204);
});

test('a stale version in the body is 409 and shows the current one', async () => {
  const made = await client.generation({ prompt: 'one' });
  assert.equal((await client.patch(path(made), { prompt: 'two', version: 1 })).json.version, 2);
  for (const answer of [await client.patch(path(made), { prompt: 'three', version: 1 }), await client.put(path(made), { modelId: 'm', version: 1 })]) {
    assert.equal(answer.status, 409);
    assert.equal(answer.code, 'VERSION_CONFLICT');
    assert.deepEqual(answer.json.details.current, (await client.get(path(made))).json);
    assert.equal(answer.json.details.current.prompt, 'two');
  }
  assert.equal((await client.put(path(made), { modelId: 'm', version: 2 })).json.version, 3);
  for (const version of [0, '2', 1.5]) assert.deepEqual((await client.patch(path(made), { version })).fields, ['version']);
});

test('of many writers that saw one version, one wins', async () => {
  const made = await client.generation();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => client.patch(path(made), { prompt: `${i}`, version: 1 })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 409).length, 19);
  assert.equal((await client.get(path(made))).json.version, 2);
});

test('writers that saw none all count, and none is lost', async () => {
  const made = await client.generation();
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => client.patch(path(made), { metadata: { [i]: i } })));
  assert.deepEqual(answers.map(({ status }) => status), answers.map(() => 200));
  const { metadata, version } = (await client.get(path(made))).json;
  assert.deepEqual(metadata, { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5 });
  assert.equal(version, 7);
});

test('delete moves into the trash with the media, restore brings both back', async () => {
  const made = await client.generation();
  const kept = await client.asset(png(), { generationId: made.id });
  const thrown = await client.asset(png(), { generationId: made.id });
  await client.delete(`/v1/assets/${thrown.id}`);
  const answer = await client.delete(path(made));
  assert.equal(answer.status, 204);
  for (const gone of [path(made), `/v1/assets/${kept.id}`, `/v1/assets/${kept.id}/content`]) assert.equal((await client.get(gone)).status, 404, gone);
  assert.equal((await client.delete(path(made))).status, 404);
  assert.equal((await client.patch(path(made), { rating: 1 })).status, 404);
  assert.equal((await client.put(path(made), { modelId: 'm' })).status, 404);
  const everything = await client.all('/v1/generations');
  assert.ok(everything.length > 0 && everything.every(({ id }) => id !== made.id));
  assert.ok((await client.all('/v1/assets')).every(({ id }) => id !== kept.id));
  const restored = await client.post(`${path(made)}/restore`);
  assert.equal(restored.status, 200);
  assert.deepEqual(restored.json.assets.map(({ id }) => id), [kept.id], 'what was thrown away by itself stays there');
  assert.ok(restored.json.version > made.version);
  assert.deepEqual((await client.get(path(made))).json, restored.json);
  assert.equal((await client.get(`/v1/assets/${kept.id}/content`)).status, 200);
});

test('restoring what is not in the trash changes nothing', async () => {
  const made = await client.generation();
  const answer = await client.post(`${path(made)}/restore`);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, made);
});

test('what was acknowledged is there after SIGKILL', async (t) => {
  const own = await Server.forTest(t);
  const made = await own.client.generation({ prompt: 'kept' });
  const patched = (await own.client.patch(path(made), { rating: 4 })).json;
  const asset = await own.client.asset(png());
  own.signal('SIGKILL');
  await own.exited;
  own.client.close();
  await own.start();
  assert.deepEqual((await own.client.get(path(made))).json, patched);
  assert.deepEqual((await own.client.get(`/v1/assets/${asset.id}`)).json, asset);
});
