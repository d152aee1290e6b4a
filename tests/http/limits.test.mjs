// How often one may change things.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise } from './fixtures.mjs';
import { Server } from './harness.mjs';
import { PASSWORD, signUp, withKey } from './people.mjs';

const server = new Server({ variables: { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open', MEDIALITH_TRUSTED_PROXIES: '127.0.0.1' } });
let people = 0;
const somebody = async () => {
  const client = server.client.as({ 'X-Forwarded-For': `198.51.100.${++people}` });
  const answer = await client.post('/v1/auth/register', { email: `p${people}@example.com`, password: PASSWORD });
  return server.client.as({ Cookie: answer.headers['set-cookie'][0].split(';')[0] });
};
before(() => server.start());
after(() => server.dispose());

/** Changes until it is refused: how many went through, and the refusal. */
async function exhaust(change, most) {
  let allowed = 0;
  for (;;) {
    const answers = await Promise.all(Array.from({ length: 10 }, change));
    const refused = answers.find(({ status }) => status === 429);
    allowed += answers.filter(({ status }) => status !== 429).length;
    if (refused !== undefined) return { allowed, refused };
    assert.ok(allowed <= most, `${allowed} changes and no limit`);
  }
}

const checkRefusal = (refused) => {
  assert.equal(refused.code, 'RATE_LIMITED');
  const seconds = Number(refused.headers['retry-after']);
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, refused.headers['retry-after']);
};

test('a person may make 200 changes at once, then 10 a second', async () => {
  const person = await somebody();
  const kept = await person.post('/v1/generations', { modelId: 'm' }, { key: 'kept' });
  assert.match(kept.headers.ratelimit, /^limit=200, remaining=199, reset=\d+$/);
  const bytes = noise(300);
  assert.equal((await person.upload(bytes, { key: 'kept-bytes' })).status, 201);
  const started = Date.now();
  const { allowed, refused } = await exhaust(() => person.post('/v1/generations', { modelId: 'm' }), 400);
  const refilled = Math.ceil((Date.now() - started) / 100) + 1;
  assert.ok(allowed >= 198 && allowed <= 198 + refilled, `${allowed} in ${Date.now() - started} ms`);
  checkRefusal(refused);
  // Reads are never refused, neither is the replay of what was done already.
  const reads = await Promise.all(Array.from({ length: 100 }, () => person.get('/v1/generations?limit=1')));
  assert.ok(reads.every(({ status, headers }) => status === 200 && headers.ratelimit === undefined));
  await exhaust(() => person.delete('/v1/generations/none'), 400);
  const replays = await Promise.all(Array.from({ length: 20 }, () => [
    person.post('/v1/generations', { modelId: 'm' }, { key: 'kept' }), person.upload(bytes, { key: 'kept-bytes' }),
  ]).flat());
  for (const { status, headers } of replays) {
    assert.equal(status, 201);
    assert.equal(headers['idempotency-replayed'], 'true');
    assert.equal(headers.ratelimit, undefined);
  }
  assert.equal((await (await somebody()).post('/v1/generations', { modelId: 'm' })).status, 201, 'another person is not touched');
});

test('a key has a measure of its own', async () => {
  const person = await somebody();
  const caller = await withKey(server, person);
  const { allowed } = await exhaust(() => caller.delete('/v1/generations/none'), 400);
  assert.ok(allowed >= 200, `${allowed}`);
  assert.equal((await person.post('/v1/generations', { modelId: 'm' })).status, 201);
});

test('uploads count, and one that is refused leaves nothing', async () => {
  const person = await somebody();
  await exhaust(() => person.delete('/v1/assets/none'), 400);
  const files = server.blobFiles().length;
  const { allowed, refused } = await exhaust(() => person.upload(noise(100)), 100);
  checkRefusal(refused);
  assert.equal(server.blobFiles().length, files + allowed);
});

test('an address without a login may try 20 times', async () => {
  for (const [path, body] of [['/v1/auth/register', {}], ['/v1/auth/logout', undefined]]) {
    const client = server.client.as({ 'X-Forwarded-For': `203.0.113.${++people}` });
    const { allowed, refused } = await exhaust(() => client.post(path, body), 40);
    assert.ok(allowed >= 20 && allowed <= 22, `${allowed}`);
    checkRefusal(refused);
    assert.equal((await server.client.as({ 'X-Forwarded-For': `203.0.113.${++people}` }).post('/v1/auth/logout')).status, 204, 'another address is not touched');
  }
});

test('wrong passwords run out for an account and address, and end no login', async () => {
  const client = server.client.as({ 'X-Forwarded-For': `203.0.113.${++people}` });
  const signedIn = await client.post('/v1/auth/register', { email: 'guessed@example.com', password: PASSWORD });
  let tries = 0;
  let refused;
  while (refused === undefined) {
    const answer = await client.post('/v1/auth/login', { email: 'guessed@example.com', password: `guess ${tries}` });
    if (answer.status === 429) refused = answer;
    else assert.equal(answer.status, 401);
    assert.ok(++tries <= 30);
  }
  checkRefusal(refused);
  assert.equal((await client.get('/v1/me', { headers: { Cookie: signedIn.headers['set-cookie'][0].split(';')[0] } })).status, 200);
  const elsewhere = server.client.as({ 'X-Forwarded-For': `203.0.113.${++people}` });
  assert.equal((await elsewhere.post('/v1/auth/login', { email: 'guessed@example.com', password: PASSWORD })).status, 200);
});

test('an address that a stranger claims is not believed', async (t) => {
  const own = await Server.forTest(t, { variables: { HOSTED_MODE: 'true' } });
  let serial = 0;
  const { allowed } = await exhaust(() => own.client.post('/v1/auth/logout', undefined, { headers: { 'X-Forwarded-For': `203.0.113.${++serial}` } }), 60);
  assert.ok(allowed <= 22, `${allowed}`);
});

test('a server without accounts has no such limit', async (t) => {
  const own = await Server.forTest(t);
  const answers = await Promise.all(Array.from({ length: 300 }, () => own.client.post('/v1/generations', { modelId: 'm' })));
  assert.ok(answers.every(({ status, headers }) => status === 201 && headers.ratelimit === undefined));
});
