// A generation by itself: what is kept, what is refused, how it is found by its id.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './harness.mjs';
import { keepsSpelling } from './storage.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const refused = async (members, ...fields) => {
  const answer = await client.post('/v1/generations', typeof members === 'string' ? members : { modelId: 'm', ...members });
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.code, 'VALIDATION_FAILED');
  assert.deepEqual(answer.fields, fields.sort());
  return answer.json;
};

test('only modelId is needed, and every other member has its default', async () => {
  const answer = await client.post('/v1/generations', { modelId: 'flux-dev' });
  assert.equal(answer.status, 201);
  const { id, createdAt, updatedAt, ...rest } = answer.json;
  assert.deepEqual(rest, {
    modelId: 'flux-dev', modelName: 'flux-dev', provider: 'unknown', category: 'unknown', prompt: '', inputParams: {},
    metadata: {}, result: {}, recipe: null, status: 'completed', error: null, duration: null, cost: null, favorite: false,
    rating: null, tags: [], version: 1, deletedAt: null, assets: [],
  });
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(createdAt, updatedAt);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 10_000);
  assert.equal(answer.headers.location, `/v1/generations/${id}`);
  assert.equal(answer.headers.etag, '"1"');
  const read = await client.get(answer.headers.location);
  assert.deepEqual(read.json, answer.json);
  assert.equal(read.headers['cache-control'], 'no-store');
});

test('every member comes back as it was sent', async () => {
  const members = {
    id: 'gen_1700000000000_abc:~@x.-', modelId: 'fal-ai/flux/dev', modelName: 'FLUX.1 [dev]', provider: 'fal',
    category: 'image-generation', prompt: 'ein Fuchs 🦊\n\t"quoted" \\ \u2028', inputParams: { a: [1, { b: null }] },
    metadata: { '': true, '🦊': 'x' }, result: [1, 'two', null], recipe: { negativePrompt: 'blurry', seed: 1, steps: 20, sampler: 'Euler a', cfg: 7.5, loras: [{ name: 'x', weight: 0.8, other: 1 }], extra: { kept: true } },
    status: 'failed', error: 'out of memory', duration: 5.3, cost: { amount: '0.025', currency: 'USD' }, favorite: true,
    rating: 5, tags: ['a', 'b c', 'ü'],
  };
  const made = await client.generation(members);
  const read = (await client.get(`/v1/generations/${members.id}`)).json;
  for (const [name, value] of Object.entries(members)) {
    assert.deepEqual(made[name], value, name);
    assert.deepEqual(read[name], value, name);
  }
});

test('a duration is written in seconds, with no more digits than it has', async () => {
  for (const duration of ['0', '0.001', '0.01', '2.1', '5.034', '60', '99999.999', '123456.7']) {
    const made = await client.post('/v1/generations', `{"modelId":"m","duration":${duration}}`);
    assert.match(made.text, new RegExp(`"duration":${duration.replace('.', '\\.')},`));
  }
});

test('JSON keeps its order, its spelling and every digit', async () => {
  const value = '{"z":1,"a":{"b":1.50,"c":1234567890123456789012345},"e":1E5,"é":"\\u00e9","10":[],"9":-0.0,"long":0.1000000000000000055511151231257827}';
  const asValue = '{"9": 0.0, "a": {"b": 1.50, "c": 1234567890123456789012345}, "e": 100000, "z": 1, "10": [], "é": "é", "long": 0.1000000000000000055511151231257827}';
  for (const member of ['inputParams', 'metadata', 'result', 'recipe']) {
    const made = await client.post('/v1/generations', `{"modelId":"m","id":"spelled-${member}","${member}":${value}}`);
    assert.equal(made.status, 201, made.text);
    assert.ok(made.text.includes(`"${member}":${value}`), made.text);
    const read = await client.get(`/v1/generations/spelled-${member}`);
    const page = await client.get('/v1/generations?view=full&limit=1');
    const kept = keepsSpelling || member === 'recipe' ? value : asValue;
    for (const { text } of [read, page]) assert.ok(text.includes(`"${member}":${kept}`), text);
  }
});

test('result may be any JSON', async () => {
  for (const result of ['null', '"text"', '12', 'true', '[]', '[[{}]]', '1e300']) {
    const made = await client.post('/v1/generations', `{"modelId":"m","result":${result}}`);
    assert.equal(made.status, 201, made.text);
    const read = await client.get(made.headers.location);
    if (keepsSpelling) assert.ok(read.text.includes(`"result":${result},`), read.text);
    assert.deepEqual(read.json.result, JSON.parse(result));
  }
});

test('a category is free text', async () => {
  for (const category of ['image-generation', 'speech-to-text', 'training', 'whatever we like']) {
    assert.equal((await client.generation({ category })).category, category);
  }
});

test('all offending members are named at once', async () => {
  await refused(
    { modelId: '', id: 'a b', status: 'done', rating: 6, tags: ['', 'x'.repeat(101)], cost: { amount: 'dear', currency: 'usd', tax: 1 }, favorite: 'yes', inputParams: [], nonsense: 1, version: 1, createdAt: '2020-01-01T00:00:00.000Z' },
    'modelId', 'id', 'status', 'rating', 'tags[0]', 'tags[1]', 'cost.amount', 'cost.currency', 'cost.tax', 'favorite', 'inputParams', 'nonsense', 'version', 'createdAt',
  );
  const empty = await client.post('/v1/generations', {});
  assert.equal(empty.status, 400);
  assert.deepEqual(empty.json.fields.map(({ path, code }) => [path, code]), [['modelId', 'required']]);
});

test('each member has its limits', async () => {
  const rows = [
    [{ modelId: 'm'.repeat(256) }, 'modelId'], [{ modelId: 1 }, 'modelId'], [{ modelId: null }, 'modelId'],
    [{ modelName: '' }, 'modelName'], [{ modelName: 'm'.repeat(256) }, 'modelName'],
    [{ provider: '' }, 'provider'], [{ provider: 'p'.repeat(256) }, 'provider'],
    [{ category: '' }, 'category'], [{ category: 'c'.repeat(256) }, 'category'],
    [{ prompt: 'p'.repeat((1 << 20) + 1) }, 'prompt'], [{ prompt: null }, 'prompt'],
    [{ inputParams: 'x' }, 'inputParams'], [{ metadata: null }, 'metadata'],
    [{ recipe: [] }, 'recipe'], [{ recipe: { steps: -1 } }, 'recipe.steps'], [{ recipe: { steps: 1.5 } }, 'recipe.steps'],
    [{ recipe: { sampler: 's'.repeat(256) } }, 'recipe.sampler'], [{ recipe: { cfg: '7' } }, 'recipe.cfg'],
    [{ recipe: { loras: [{ weight: 1 }] } }, 'recipe.loras[0].name'], [{ recipe: { loras: [{ name: 'x', weight: '1' }] } }, 'recipe.loras[0].weight'],
    [{ recipe: { negativePrompt: 5 } }, 'recipe.negativePrompt'],
    [{ status: 'Completed' }, 'status'], [{ status: null }, 'status'], [{ error: 5 }, 'error'], [{ error: 'e'.repeat(65537) }, 'error'],
    [{ duration: -1 }, 'duration'], [{ duration: '5' }, 'duration'], [{ duration: 1e11 }, 'duration'],
    [{ cost: '0.025' }, 'cost'], [{ cost: { amount: '1' } }, 'cost.currency'], [{ cost: { currency: 'USD' } }, 'cost.amount'],
    [{ cost: { amount: 0.025, currency: 'USD' } }, 'cost.amount'], [{ cost: { amount: '1,5', currency: 'USD' } }, 'cost.amount'],
    [{ cost: { amount: '.5', currency: 'USD' } }, 'cost.amount'], [{ cost: { amount: '1', currency: 'DOLLAR' } }, 'cost.currency'],
    [{ favorite: 1 }, 'favorite'], [{ rating: 0 }, 'rating'], [{ rating: 2.5 }, 'rating'], [{ rating: '5' }, 'rating'],
    [{ tags: 'x' }, 'tags'], [{ tags: [1] }, 'tags[0]'], [{ tags: Array.from({ length: 65 }, (_, i) => `${i}`) }, 'tags'],
    [{ updatedAt: null }, 'updatedAt'], [{ deletedAt: null }, 'deletedAt'], [{ assets: [] }, 'assets'],
  ];
  for (const [members, ...fields] of rows) await refused(members, ...fields);
});

test('what is just within the limits is kept', async () => {
  const members = {
    modelId: 'ü'.repeat(255), modelName: 'n'.repeat(255), prompt: 'ü'.repeat(1 << 20), error: 'e'.repeat(65536), rating: 1,
    duration: 0, tags: Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(100, 'ü')), cost: { amount: '-12345678901234567890.0001', currency: 'EUR' },
  };
  const made = await client.generation(members);
  for (const [name, value] of Object.entries(members)) assert.deepEqual(made[name], value, name);
});

test('ids have their alphabet, their length and no reserved word', async () => {
  for (const id of ['', '.', '..', '...', 'a b', 'a/b', 'ä', 'a%', 'a?b', 'restore', 'lineage', 'search', 'stats', 'x'.repeat(256), 5, null]) {
    await refused({ id }, 'id');
  }
  for (const id of ['a', '..a', '-', '~', ':', '@', 'restored', 'x'.repeat(255), 'AZaz09._~:@-', 'legacy-single-canvas']) {
    assert.equal((await client.generation({ id })).id, id);
    assert.equal((await client.get(`/v1/generations/${id}`)).json.id, id);
  }
  const escaped = await client.get('/v1/generations/%41Zaz09%2E_%7E%3A%40-');
  assert.equal(escaped.json.id, 'AZaz09._~:@-');
});

test('an id exists once, also while it lies in the trash', async () => {
  await client.generation({ id: 'once', prompt: 'first' });
  const again = await client.post('/v1/generations', { id: 'once', modelId: 'm', prompt: 'second' });
  assert.equal(again.status, 409);
  assert.equal(again.code, 'ALREADY_EXISTS');
  assert.equal((await client.get('/v1/generations/once')).json.prompt, 'first');
  assert.equal((await client.delete('/v1/generations/once')).status, 204);
  assert.equal((await client.post('/v1/generations', { id: 'once', modelId: 'm' })).code, 'ALREADY_EXISTS');
});

test('userId is ignored in the body, the query and the header', async () => {
  const answer = await client.post('/v1/generations?userId=somebody', { modelId: 'm', userId: 'somebody' }, { headers: { userId: 'somebody', 'X-User-Id': 'somebody' } });
  assert.equal(answer.status, 201);
  assert.equal(answer.json.userId, undefined);
  assert.equal((await client.get(`/v1/generations/${answer.json.id}?userId=x&userId=y`)).status, 200);
  assert.equal((await client.get('/v1/generations?userId=x')).status, 200);
  await refused({ recipe: null, metadata: {}, cost: { amount: '1', currency: 'USD', userId: 'x' } }, 'cost.userId');
});

test('an unknown id is 404', async () => {
  for (const path of ['/v1/generations/none', `/v1/generations/${'x'.repeat(300)}`, '/v1/generations/a%20b']) {
    assert.equal((await client.get(path)).status, 404);
    assert.equal((await client.delete(path)).status, 404);
    assert.equal((await client.patch(path, {})).status, 404);
    assert.equal((await client.put(path, { modelId: 'm' })).status, 404);
    assert.equal((await client.post(`${path}/restore`)).status, 404);
  }
});

test('an ETag saves the second transfer', async () => {
  const { id } = await client.generation();
  const first = await client.get(`/v1/generations/${id}`);
  const same = await client.get(`/v1/generations/${id}`, { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(same.status, 304);
  assert.equal(same.headers.etag, first.headers.etag);
  for (const tags of [`"x", W/${first.headers.etag}`, '*']) {
    assert.equal((await client.get(`/v1/generations/${id}`, { headers: { 'If-None-Match': tags } })).status, 304);
  }
  await client.patch(`/v1/generations/${id}`, { rating: 3 });
  const changed = await client.get(`/v1/generations/${id}`, { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.etag, first.headers.etag);
  assert.equal((await client.get(`/v1/generations/${id}`, { headers: { 'If-Match': first.headers.etag } })).status, 412);
  const head = await client.head(`/v1/generations/${id}`);
  assert.equal(head.status, 200);
  assert.equal(Number(head.headers['content-length']), changed.body.length);
});

test('a body must be JSON, and say so', async () => {
  const post = (body, type) => client.call('POST', '/v1/generations', { body: Buffer.from(body), type });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json', 'application/json; charset=latin1', 'nonsense', undefined]) {
    assert.equal((await post('{"modelId":"m"}', type)).status, 415, type);
  }
  for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"']) {
    assert.equal((await post('{"modelId":"m"}', type)).status, 201, type);
  }
  const malformed = ['', '{', '{"modelId":"m"}x', "{'modelId':'m'}", '{"modelId":"m",}', '{"modelId":"m","rating":01}', '{"modelId":"m","rating":NaN}', '\ufeff{"modelId":"m"}', '{"modelId":"\x01"}', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])];
  for (const body of malformed) {
    const answer = await post(body, 'application/json');
    assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    assert.equal(answer.code, 'MALFORMED_JSON');
  }
  for (const body of ['[]', '"x"', '1', 'null']) {
    const answer = await post(body, 'application/json');
    assert.equal(answer.status, 400);
    assert.equal(answer.code, 'VALIDATION_FAILED');
  }
});

test('what JSON cannot say safely is refused, with its path', async () => {
  const rows = [
    ['{"modelId":"m","modelId":"n"}', 'modelId', 'duplicate_member'],
    ['{"modelId":"m","metadata":{"a":{"b":"x\\u0000y"}}}', 'metadata.a.b', 'nul_character'],
    ['{"modelId":"m","metadata":{"a":[1,1e400]}}', 'metadata.a[1]', 'number_out_of_range'],
    ['{"modelId":"m","prompt":"\\ud800"}', 'prompt', 'lone_surrogate'],
    ['{"modelId":"m","prompt":"\\udc00\\ud800"}', 'prompt', 'lone_surrogate'],
  ];
  for (const [body, path, code] of rows) {
    const answer = await client.post('/v1/generations', body);
    assert.equal(answer.status, 400, answer.text);
    assert.deepEqual(answer.json.fields.map((field) => [field.path, field.code]), [[path, code]]);
  }
});

test('JSON may be 256 deep', async () => {
  const nested = (depth) => `{"modelId":"m","result":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal((await client.post('/v1/generations', nested(255))).status, 201);
  assert.equal((await client.post('/v1/generations', nested(256))).status, 400);
  assert.equal((await client.post('/v1/generations', nested(100_000))).status, 400);
});

test('large documents are kept whole', async () => {
  const metadata = { text: 'x'.repeat(5 << 20) };
  const { id } = await client.generation({ metadata });
  assert.deepEqual((await client.get(`/v1/generations/${id}`)).json.metadata, metadata);
});

test('a body over 64 MiB is refused before it is read, and while it is', async () => {
  const wire = await server.socket();
  wire.write(`POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${(64 << 20) + 1}\r\n\r\n`);
  const [answer] = await wire.answered(1);
  server.contract.check({ method: 'POST', path: '/v1/generations', ...answer });
  assert.equal(answer.status, 413);
  assert.equal(JSON.parse(answer.body).code, 'BODY_TOO_LARGE');
  wire.close();
});

test('there is no method to delete everything', async () => {
  for (const path of ['/v1/generations', '/v1/assets']) {
    const answer = await client.delete(path);
    assert.equal(answer.status, 405);
    assert.equal(answer.code, 'METHOD_NOT_ALLOWED');
    assert.ok(answer.headers.allow.split(', ').includes('GET'));
    assert.ok(!answer.headers.allow.includes('DELETE'));
  }
});
