// Servers that share a database and a bucket: their first start, and what one gives out and the others take.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise } from '../http/fixtures.mjs';
import { Server, until } from '../http/harness.mjs';
import { PASSWORD, cookieOf, signUp, withKey } from '../http/people.mjs';
import { start as startPgbouncer } from '../servers/pgbouncer.mjs';
import { start as startPostgres } from '../servers/postgres.mjs';
import { start as startGateway } from '../servers/rgw.mjs';
import { SIZE, environmentOf } from './lib/cluster.mjs';

const STARTS = 10;

let postgres;
let gateway;
before(async () => {
  [postgres, gateway] = await Promise.all([startPostgres({ fsync: 'on' }), startGateway()]);
});
after(async () => {
  await postgres?.stop();
  await gateway?.stop();
});

/** Servers over a database and a bucket of their own, all started at once. */
async function serveTogether(t, name, more = {}) {
  const variables = { ...environmentOf(postgres, gateway, name), ...more };
  const servers = Array.from({ length: SIZE }, () => new Server({ variables }));
  t.after(() => Promise.all(servers.map((server) => server.dispose())));
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

test('servers that start at once over nothing agree on everything', async (t) => {
  for (let i = 0; i < STARTS; i++) {
    const servers = await serveTogether(t, `start-${i}`);
    const bytes = noise(1000);
    const asset = await servers[i % SIZE].client.asset(bytes);
    for (const { client } of servers) assert.deepEqual((await client.get(asset.url)).body, bytes);
    await Promise.all(servers.map((server) => server.stop()));
    // What they agreed on holds when they come again.
    await servers[0].start();
    assert.deepEqual((await servers[0].client.get(asset.url)).body, bytes);
    await servers[0].stop();
  }
});

test('another secret than that of the others is refused, even at the first start', async (t) => {
  const variables = environmentOf(postgres, gateway, 'secrets');
  const servers = Array.from({ length: SIZE }, (_, i) => new Server({ variables: { ...variables, MEDIALITH_SECRET: `${i}`.repeat(40) } }));
  t.after(() => Promise.all(servers.map((server) => server.dispose().catch(() => {}))));
  const ends = await Promise.allSettled(servers.map((server) => server.start()));
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const { reason } of ends.filter(({ status }) => status === 'rejected')) assert.match(reason.message, /The secret is not the one/);
});

test('what one server gives out is good on all, and ends on all', async (t) => {
  const servers = await serveTogether(t, 'people', { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' });
  const [one, two, three] = servers;
  const ann = await signUp(one, 'ann@example.com');
  const cookie = cookieOf(await one.client.post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD }));
  for (const { client } of servers) assert.equal((await client.as(cookie).get('/v1/me')).json.email, 'ann@example.com');
  const bytes = noise(500);
  const asset = await ann.asset(bytes);
  const { url } = (await two.client.as(cookie).post(`/v1/assets/${asset.id}/url`, {})).json;
  for (const { client } of servers) assert.deepEqual((await client.get(url)).body, bytes);
  const caller = await withKey(three, three.client.as(cookie));
  for (const { client } of servers) assert.equal((await client.as({ Authorization: `Bearer ${caller.key}` }).get('/v1/me')).status, 200);
  // A page that one server began goes on at another.
  for (let i = 0; i < 3; i++) await ann.generation();
  const first = (await one.client.as(cookie).get('/v1/generations?limit=2')).json;
  const second = (await three.client.as(cookie).get(`/v1/generations?limit=2&cursor=${first.nextCursor}`)).json;
  assert.equal(new Set([...first.items, ...second.items].map(({ id }) => id)).size, 3);
  assert.equal((await two.client.as(cookie).post('/v1/auth/logout')).status, 204);
  for (const { client } of servers) assert.equal((await client.as(cookie).get('/v1/me')).status, 401);
});

test('an answer is replayed by whichever server the retry meets', async (t) => {
  const servers = await serveTogether(t, 'retries');
  const answers = await Promise.all(servers.map(({ client }) => client.post('/v1/generations', { modelId: 'm' }, { key: 'once' })));
  assert.deepEqual(answers.map(({ status }) => status), [201, 201, 201]);
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1);
  assert.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true').length, SIZE - 1);
  assert.equal((await servers[0].client.all('/v1/generations')).length, 1);
});

test('an import is answered as the one that another server finished meanwhile', async (t) => {
  const [one, two] = await serveTogether(t, 'imports');
  const item = (id) => ({ id, timestamp: '2024-01-01T00:00:00.000Z', modelId: 'm', modelName: 'M', category: 'image', provider: 'fal', prompt: 'p' });
  const file = Buffer.from(JSON.stringify([item('a'), item('b')]));
  const other = Buffer.from(JSON.stringify([item('a'), item('c')]));
  for (const [key, bytes, status] of [['same', file, 200], ['other', other, 422]]) {
    // In its middle, with the key looked for and not found.
    const wire = await one.socket();
    wire.write(`POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: ${key}\r\nExpect: 100-continue\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    await until('the server to want the body', () => wire.received.includes('100 Continue'));
    const first = await two.client.call('POST', '/v1/imports', { body: file, type: 'application/json', key });
    assert.deepEqual([first.status, first.headers['idempotency-replayed']], [200, undefined], first.text);
    wire.write(bytes);
    const [second] = await wire.answered(1);
    wire.close();
    one.contract.check({ method: 'POST', path: '/v1/imports', ...second });
    const body = JSON.parse(second.body);
    assert.equal(second.status, status, `${second.body}`);
    if (status === 422) assert.equal(body.code, 'IDEMPOTENCY_KEY_REUSED');
    else assert.deepEqual([second.headers['idempotency-replayed'], body], ['true', first.json]);
  }
});

test('bulk work that was under way when PostgreSQL went is done when it is back', async (t) => {
  const servers = await serveTogether(t, 'bulk');
  for (const server of servers) server.meantToFail = /"UNAVAILABLE"|"OUTCOME_UNKNOWN"/;
  const [{ client }, other] = servers;
  const ids = Array.from({ length: 100 }, (_, i) => `g${i}`);
  await Promise.all(ids.map((id) => client.generation({ id })));
  const asked = client.post('/v1/bulk', { action: 'update', ids, set: { favorite: true } }, { key: 'bulk' });
  await postgres.restart();
  await asked;
  const { json } = await until('the server to answer the retry', async () => {
    const answer = await client.post('/v1/bulk', { action: 'update', ids, set: { favorite: true } }, { key: 'bulk' });
    return answer.status < 300 ? answer : null;
  });
  const done = await until('the work to end', async () => {
    const answer = await other.client.get(`/v1/bulk/${json.operation}`);
    return answer.status === 200 && answer.json.state === 'completed' ? answer.json : null;
  }, 30_000);
  assert.equal(done.changed, ids.length);
  const { items } = (await other.client.get('/v1/generations?limit=100&favorite=true')).json;
  assert.deepEqual(items.map(({ version }) => version), ids.map(() => 2), 'each is changed once');
});

test('behind a pooler servers listen past it, or say that they cannot', async (t) => {
  const pooled = await startPgbouncer({ fsync: 'on' });
  t.after(() => pooled.stop());
  const variables = { ...environmentOf(pooled, gateway, 'pooled'), MEDIALITH_DATABASE: pooled.url };
  for (const [more, event] of [[{}, 'not_listening'], [{ POSTGRES_URL_NON_POOLING: pooled.direct }, 'listening']]) {
    const server = await Server.forTest(t, { variables: { ...variables, ...more } });
    await until(`"${event}" in the log`, () => new RegExp(`"event":"${event}"`).test(server.log()));
    await server.client.generation();
    await server.stop();
  }
});
