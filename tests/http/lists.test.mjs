// Lists: pages, cursors, filters, order, views.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './harness.mjs';
import { gif, png } from './fixtures.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const ids = (items) => items.map(({ id }) => id);

/** Generations of a model of their own, newest first, so that tests do not see each other's. */
async function some(model, count, members = () => ({})) {
  const made = [];
  for (let i = 0; i < count; i++) made.unshift(await client.generation({ id: `${model}-${i}`, modelId: model, ...members(i) }));
  return ids(made);
}

test('the newest comes first, in pages', async () => {
  const made = await some('pages', 7);
  assert.deepEqual(ids(await client.all('/v1/generations?model=pages', 3)), made);
  assert.deepEqual(ids(await client.all('/v1/generations?model=pages&sort=-createdAt', 2)), made);
  assert.deepEqual(ids(await client.all('/v1/generations?model=pages&sort=createdAt', 3)), made.toReversed());
  const exact = await client.get('/v1/generations?model=pages&limit=7');
  assert.equal(exact.json.items.length, 7);
  assert.equal(exact.json.nextCursor, null);
  assert.equal(exact.headers.link, undefined);
});

test('each generation of a page has the assets that it has by itself', async () => {
  const made = await some('with-assets', 5);
  for (const [index, count] of [[0, 2], [2, 1], [3, 3]]) {
    for (let i = 0; i < count; i++) await client.asset(png(10 + index, 20 + i), { generationId: made[index] });
  }
  for (const sort of ['createdAt', '-createdAt']) {
    const { items } = (await client.get(`/v1/generations?model=with-assets&view=full&sort=${sort}`)).json;
    assert.deepEqual(ids(items), sort === 'createdAt' ? made.toReversed() : made);
    for (const item of items) assert.deepEqual(item, (await client.get(`/v1/generations/${item.id}`)).json);
    assert.deepEqual(made.map((id) => items.find((item) => item.id === id).assets.length), [2, 0, 1, 3, 0]);
  }
});

test('Link leads to the next page', async () => {
  const made = await some('linked', 3, () => ({ category: 'a&b=c ü' }));
  const path = `/v1/generations?model=linked&category=${encodeURIComponent('a&b=c ü')}&limit=2`;
  const first = await client.get(path);
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(first.headers.link);
  const second = await client.get(next);
  assert.deepEqual([...ids(first.json.items), ...ids(second.json.items)], made);
});

test('a page has 50 items unless it is told otherwise, at most 100', async () => {
  await Promise.all(Array.from({ length: 102 }, () => client.generation({ modelId: 'many' })));
  assert.equal((await client.get('/v1/generations?model=many')).json.items.length, 50);
  assert.equal((await client.get('/v1/generations?model=many&limit=100')).json.items.length, 100);
  assert.equal(new Set(ids(await client.all('/v1/generations?model=many', 50))).size, 102);
  for (const list of ['/v1/generations', '/v1/assets']) {
    for (const limit of ['0', '101', '1.5', 'abc', '-1', '', '%201', '1e1', '99999999999999999999']) {
      const answer = await client.get(`${list}?limit=${limit}`);
      assert.equal(answer.status, 400, limit);
      assert.deepEqual(answer.fields, ['limit']);
    }
  }
});

test('items of one millisecond keep the order in which they came', async () => {
  const made = [];
  for (let i = 0; i < 40; i++) made.unshift(await client.generation({ modelId: 'ties' }));
  const listed = await client.all('/v1/generations?model=ties', 1);
  assert.deepEqual(ids(listed), ids(made));
  const times = made.map(({ createdAt }) => createdAt);
  assert.deepEqual(times, times.toSorted().toReversed());
});

test('a cursor stays where it is while others come and its own item goes', async () => {
  const made = await some('moving', 6);
  const first = await client.get('/v1/generations?model=moving&limit=2');
  await some('moving', 0);
  await client.generation({ id: 'moving-new', modelId: 'moving' });
  await client.delete(`/v1/generations/${made[1]}`); // the cursor's item
  await client.delete(`/v1/generations/${made[3]}`);
  const second = await client.get(`/v1/generations?model=moving&limit=2&cursor=${first.json.nextCursor}`);
  assert.deepEqual(ids(second.json.items), [made[2], made[4]]);
  const third = await client.get(`/v1/generations?model=moving&limit=2&cursor=${second.json.nextCursor}`);
  assert.deepEqual(ids(third.json.items), [made[5]]);
  assert.equal(third.json.nextCursor, null);
});

test('a cursor works on its own list and order alone', async () => {
  await some('cursors', 2);
  const { nextCursor } = (await client.get('/v1/generations?model=cursors&limit=1')).json;
  const changed = (nextCursor[5] === 'A' ? 'B' : 'A') + nextCursor.slice(6);
  for (const path of [`/v1/assets?cursor=${nextCursor}`, `/v1/generations?sort=createdAt&cursor=${nextCursor}`, `/v1/generations?cursor=${nextCursor.slice(0, 5)}${changed}`,
    '/v1/generations?cursor=', '/v1/generations?cursor=abc', '/v1/generations?cursor=cursors-0', `/v1/generations?cursor=${nextCursor}A`, `/v1/generations?cursor=${nextCursor.slice(1)}`]) {
    const answer = await client.get(path);
    assert.equal(answer.status, 400, path);
    assert.equal(answer.code, 'INVALID_CURSOR');
  }
});

test('a cursor survives a restart', async (t) => {
  const own = await Server.forTest(t);
  for (let i = 0; i < 3; i++) await own.client.generation({ id: `g${i}` });
  const { nextCursor } = (await own.client.get('/v1/generations?limit=1')).json;
  await own.restart();
  assert.deepEqual(ids((await own.client.get(`/v1/generations?cursor=${nextCursor}`)).json.items), ['g1', 'g0']);
});

test('filters: any of one name, all of different names', async () => {
  const made = await some('filtered', 6, (i) => ({ category: `c${i % 3}`, status: i < 3 ? 'failed' : 'pending', favorite: i === 4 }));
  const list = async (query) => ids((await client.get(`/v1/generations?model=filtered&${query}`)).json.items);
  assert.deepEqual(await list('category=c0'), [made[2], made[5]]);
  assert.deepEqual(await list('category=c0&category=c1'), [made[1], made[2], made[4], made[5]]);
  assert.deepEqual(await list('category=c0&status=failed'), [made[5]]);
  assert.deepEqual(await list('status=failed&status=pending'), made);
  assert.deepEqual(await list('favorite=true'), [made[1]]);
  assert.equal((await list('favorite=false')).length, 5);
  assert.deepEqual(await list('category=none'), []);
  assert.equal((await client.get('/v1/generations?model=filtered&model=nothing')).json.items.length, 6);
});

test('a list can be cut by time', async () => {
  const [newer, older] = await some('timed', 2);
  const { createdAt } = (await client.get(`/v1/generations/${newer}`)).json;
  const list = async (query) => ids((await client.get(`/v1/generations?model=timed&${query}`)).json.items);
  const after = new Date(Date.parse(createdAt) + 1).toISOString();
  assert.deepEqual(await list(`createdAfter=${after}`), []);
  assert.deepEqual(await list(`createdBefore=${after}`), [newer, older]);
  assert.ok((await list(`createdAfter=${createdAt}`)).includes(newer));
  assert.ok(!(await list(`createdBefore=${createdAt}`)).includes(newer));
});

test('everything wrong with a list is named at once', async () => {
  const answer = await client.get('/v1/generations?limit=0&sort=prompt&sign=x&createdAfter=yesterday&createdBefore=2020&view=all&status=done&favorite=1&model=');
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.fields, ['createdAfter', 'createdBefore', 'favorite', 'limit', 'model', 'sign', 'sort', 'status', 'view']);
  const assets = await client.get('/v1/assets?limit=x&sort=size&type=picture&generation=');
  assert.deepEqual(assets.fields, ['generation', 'limit', 'sort', 'type']);
});

test('unknown and repeated parameters are refused', async () => {
  for (const [query, field] of [['color=red', 'color'], ['offset=1', 'offset'], ['Limit=5', 'Limit'], ['limit=5&limit=5', 'limit'], ['cursor=a&cursor=b', 'cursor'], ['sort=createdAt&sort=createdAt', 'sort'], ['favorite=true&favorite=true', 'favorite']]) {
    const answer = await client.get(`/v1/generations?${query}`);
    assert.equal(answer.status, 400, query);
    assert.deepEqual(answer.fields, [field]);
  }
  const { id } = await client.generation();
  assert.deepEqual((await client.get(`/v1/generations/${id}?view=full`)).fields, ['view']);
  assert.deepEqual((await client.post('/v1/generations?dryRun=1', { modelId: 'm' })).fields, ['dryRun']);
});

test('a summary leaves large JSON out and cuts the prompt', async () => {
  const prompt = '🦊'.repeat(301);
  const { id } = await client.generation({ modelId: 'viewed', prompt, inputParams: { a: 1 }, metadata: { b: 2 }, result: { c: 3 }, recipe: { seed: 1 } });
  await client.generation({ modelId: 'viewed', prompt: '🦊'.repeat(300) });
  const [whole, cut] = (await client.get('/v1/generations?model=viewed')).json.items;
  assert.equal(cut.id, id);
  assert.equal(cut.prompt, '🦊'.repeat(300));
  assert.equal(cut.promptTruncated, true);
  assert.equal(whole.promptTruncated, undefined);
  for (const name of ['inputParams', 'metadata', 'result']) assert.equal(name in cut, false, name);
  assert.deepEqual(cut.recipe, { seed: 1 });
  const full = (await client.get('/v1/generations?model=viewed&view=full')).json.items[1];
  assert.deepEqual(full, (await client.get(`/v1/generations/${id}`)).json);
  assert.equal(full.promptTruncated, undefined);
});

test('a page is whole generations, each with all of its media, oldest first', async () => {
  for (let g = 0; g < 2; g++) {
    await client.generation({ id: `media-${g}`, modelId: 'media' });
    for (let i = 0; i < 4; i++) await client.asset(png(10 + g, 20 + i), { generationId: `media-${g}`, filename: `${g}-${i}.png` });
  }
  const first = (await client.get('/v1/generations?model=media&limit=1')).json;
  assert.deepEqual(first.items.map(({ id, assets }) => [id, assets.map(({ filename }) => filename)]), [['media-1', ['1-0.png', '1-1.png', '1-2.png', '1-3.png']]]);
  const second = (await client.get(`/v1/generations?model=media&limit=1&cursor=${first.nextCursor}`)).json;
  assert.deepEqual(second.items.map(({ id, assets }) => [id, assets.length]), [['media-0', 4]]);
  assert.equal(second.nextCursor, null);
});

test('a page ends before it grows past a megabyte', async () => {
  const text = 'x'.repeat(400_000);
  for (let i = 0; i < 6; i++) await client.generation({ modelId: 'large', metadata: { text } });
  const page = await client.get('/v1/generations?model=large&view=full');
  assert.ok(page.json.items.length < 6 && page.body.length < 2_000_000, `${page.json.items.length} items, ${page.body.length} bytes`);
  assert.equal((await client.all('/v1/generations?model=large&view=full')).length, 6);
  assert.equal((await client.get('/v1/generations?model=large')).json.items.length, 6);
});

test('assets are listed by home and by kind', async () => {
  await client.generation({ id: 'home' });
  const a = await client.asset(png(3, 3), { generationId: 'home' });
  const b = await client.asset(gif(4, 4));
  const c = await client.asset(Buffer.from('just a note'), { filename: 'note.txt' });
  const list = async (query) => ids((await client.get(`/v1/assets?${query}`)).json.items);
  assert.deepEqual(await list('generation=home'), [a.id]);
  assert.deepEqual(await list('generation=home&generation=none'), [a.id]);
  assert.deepEqual(await list('generation=none'), []);
  assert.deepEqual(await list('type=file'), [c.id]);
  assert.deepEqual((await list('type=image&type=file&limit=3')), [c.id, b.id, a.id]);
  assert.deepEqual((await list('type=video')), []);
  assert.deepEqual((await list('sort=createdAt')).at(-1), c.id);
  const all = await client.all('/v1/assets', 2);
  assert.deepEqual(all, await client.all('/v1/assets', 100));
});
