// Full text, filters, sorts, facets and tags from outside.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './harness.mjs';
import { gif, png } from './fixtures.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const ids = ({ json }) => json.items.map(({ id }) => id);
const q = (words, rest = '') => client.get(`/v1/generations?q=${encodeURIComponent(words)}${rest}`);

test('words find generations newest first, say where, and page', async () => {
  for (let i = 0; i < 5; i++) await client.generation({ id: `fox-${i}`, category: 'searched', prompt: `a neon 🦊 fox in the rain ${i}` });
  const found = await q('foxes rai', '&category=searched');
  assert.deepEqual(ids(found), ['fox-4', 'fox-3', 'fox-2', 'fox-1', 'fox-0']);
  const { prompt, highlights } = found.json.items[0];
  assert.deepEqual(highlights.prompt.map(([begin, end]) => prompt.slice(begin, end)), ['fox', 'rain']);
  assert.deepEqual(ids({ json: { items: await client.all('/v1/generations?q=fox&category=searched', 2) } }), ids(found));
  assert.deepEqual(ids({ json: { items: await client.all('/v1/generations?q=fox&category=searched&sort=relevance', 2) } }).toSorted(), ids(found).toSorted());
  assert.equal((await client.get('/v1/generations?category=searched')).json.items[0].highlights, undefined);
});

test('a blank q is no filter and any text is valid', async () => {
  const all = (await client.get('/v1/generations')).json.items.length;
  for (const blank of ['', ' ', '\t ', '\u00a0']) assert.equal((await q(blank)).json.items.length, all);
  for (const text of ['"', '*', '-', 'OR', 'a OR b', 'NOT', '(', 'prompt:x', "'; --", 'x', '狐', '🦊', '%', '_', '\\', 'a'.repeat(3000), 'NEAR(a b)', '^x', '{a}']) {
    assert.equal((await q(text)).status, 200, text);
    assert.equal((await client.get(`/v1/assets?q=${encodeURIComponent(text)}`)).status, 200, text);
  }
});

test('substrings are found when no word is, and pages go on with them', async () => {
  for (let i = 0; i < 3; i++) await client.generation({ id: `thunder-${i}`, prompt: `THUNDERstorm ${i}` });
  const items = await client.all('/v1/generations?q=understor', 1);
  assert.deepEqual(items.map(({ id }) => id), ['thunder-2', 'thunder-1', 'thunder-0']);
  assert.deepEqual(items[0].highlights, { prompt: [[2, 11]] });
  const first = await client.get('/v1/generations?q=understor&limit=1');
  await client.generation({ id: 'word', prompt: 'understor' });
  assert.deepEqual(ids(await client.get(`/v1/generations?q=understor&limit=1&cursor=${first.json.nextCursor}`)), ['thunder-1']);
  assert.deepEqual(ids(await q('understor')), ['word']);
});

test('filters read tags, recipe, parameters and media', async () => {
  await client.generation({ id: 'full', provider: 'fal', tags: ['wild', 'a"b'], recipe: { seed: 884213, sampler: 'euler', loras: [{ name: 'rain-v2' }] } });
  await client.generation({ id: 'bare', prompt: '884213', inputParams: { seed: '99999999999999999999' } });
  await client.asset(png(7, 9), { generationId: 'full', filename: 'big.png' });
  const list = async (query) => ids(await client.get(`/v1/generations?${query}`));
  assert.deepEqual(await list('tag=wild'), ['full']);
  assert.deepEqual(await list(`tag=none&tag=${encodeURIComponent('a"b')}`), ['full']);
  assert.deepEqual(await list('provider=fal&sampler=euler&lora=rain-v2&seed=884213'), ['full']);
  assert.deepEqual(await list('seed=884213'), ['full']);
  assert.deepEqual(await list('seed=99999999999999999999'), ['bare']);
  assert.deepEqual(await list('generation=full&generation=bare'), ['bare', 'full']);
  assert.deepEqual(await list('type=image'), ['full']);
  assert.deepEqual(await list('type=image&minSize=1000000'), []);
  assert.deepEqual(await list('tag=wild&provider=openai'), []);
  assert.deepEqual(ids(await client.get('/v1/assets?tag=wild')).length, 1);
  assert.deepEqual(ids(await client.get('/v1/assets?q=big')).length, 1);
  assert.deepEqual((await client.get('/v1/assets?q=big')).json.items[0].highlights.filename, [[0, 3]]);
});

test('everything wrong with a search is named at once', async () => {
  const answer = await client.get('/v1/generations?type=picture&minSize=-1&deleted=1&tag=&sort=size&seed=');
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.fields, ['deleted', 'minSize', 'seed', 'sort', 'tag', 'type']);
  assert.deepEqual((await client.get('/v1/generations?sort=relevance')).fields, ['sort'], 'of a search alone');
  assert.deepEqual((await client.get('/v1/assets?sort=cost')).fields, ['sort']);
  assert.deepEqual((await client.get('/v1/generations?q=a&q=b')).fields, ['q']);
  assert.deepEqual((await client.get('/v1/facets?limit=5')).fields, ['limit']);
});

test('lists can be sorted by what rows have', async () => {
  await client.generation({ id: 'cheap', category: 'sorted', cost: { amount: '0.5', currency: 'USD' }, duration: 3 });
  await client.generation({ id: 'dear', category: 'sorted', cost: { amount: '12', currency: 'USD' }, duration: 1 });
  await client.generation({ id: 'free', category: 'sorted' });
  const list = async (sort) => (await client.all(`/v1/generations?category=sorted&sort=${sort}`, 1)).map(({ id }) => id);
  assert.deepEqual(await list('-cost'), ['dear', 'cheap', 'free']);
  assert.deepEqual(await list('cost'), ['cheap', 'dear', 'free']);
  assert.deepEqual(await list('-duration'), ['cheap', 'dear', 'free']);
  await client.patch('/v1/generations/cheap', { rating: 1 });
  assert.deepEqual(await list('-updatedAt'), ['cheap', 'free', 'dear']);
  assert.deepEqual(await list('updatedAt'), ['dear', 'free', 'cheap']);
  const small = await client.asset(Buffer.from('12345'), { filename: 'small.bin' });
  const large = await client.asset(Buffer.from('1234567890'), { filename: 'large.bin' });
  assert.deepEqual(ids(await client.get('/v1/assets?type=file&sort=-size')), [large.id, small.id]);
  assert.deepEqual(ids(await client.get('/v1/assets?type=file&sort=size')), [small.id, large.id]);
});

test('facets count what the other filters leave', async (t) => {
  const own = await Server.forTest(t);
  for (let i = 0; i < 6; i++) {
    await own.client.generation({ id: `g${i}`, modelId: i < 4 ? 'flux' : 'sdxl', provider: 'fal', category: 'c', favorite: i === 0, tags: i % 2 ? ['odd', 'odd'] : ['even'], recipe: { sampler: 'euler', loras: [{ name: 'l' }] }, prompt: i < 2 ? 'a fox' : 'a whale' });
  }
  await own.client.asset(gif(3, 3), { generationId: 'g0' });
  const facets = async (query = '') => (await own.client.get(`/v1/facets${query}`)).json;
  const whole = await facets();
  assert.deepEqual(whole.facets.model, [{ value: 'flux', count: 4 }, { value: 'sdxl', count: 2 }]);
  assert.deepEqual(whole.facets.tag, [{ value: 'even', count: 3 }, { value: 'odd', count: 3 }]);
  assert.deepEqual(whole.facets.favorite, [{ value: 'false', count: 5 }, { value: 'true', count: 1 }]);
  assert.deepEqual(whole.facets.lora, [{ value: 'l', count: 6 }]);
  assert.deepEqual(whole.facets.type, [{ value: 'image', count: 1 }]);
  assert.equal(whole.approximate, false);
  const narrowed = (await facets('?model=sdxl')).facets;
  assert.deepEqual(narrowed.model, whole.facets.model, 'its own filter is left out');
  assert.deepEqual(narrowed.tag, [{ value: 'even', count: 1 }, { value: 'odd', count: 1 }]);
  assert.deepEqual(narrowed.type, []);
  assert.deepEqual((await facets('?q=fox')).facets.model, [{ value: 'flux', count: 2 }]);
  await own.client.delete('/v1/generations/g0');
  await own.client.patch('/v1/generations/g1', { modelId: 'sdxl', tags: [] });
  const changed = (await facets()).facets;
  assert.deepEqual(changed.model, [{ value: 'sdxl', count: 3 }, { value: 'flux', count: 2 }]);
  assert.deepEqual(changed.favorite, [{ value: 'false', count: 5 }]);
  assert.deepEqual(changed.type, []);
  assert.deepEqual((await facets('?deleted=true')).facets.model, [{ value: 'flux', count: 1 }]);
  assert.deepEqual((await own.client.get('/v1/tags')).json, { items: [{ value: 'even', count: 2 }, { value: 'odd', count: 2 }], nextCursor: null });
});
