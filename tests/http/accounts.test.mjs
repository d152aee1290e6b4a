// Accounts: set-up, registration, logins, keys and what they may do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise } from './fixtures.mjs';
import { Server, run, until } from './harness.mjs';
import { PASSWORD, cookieOf, setupToken, signUp, withKey } from './people.mjs';

const OPEN = { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open', MEDIALITH_TRUSTED_PROXIES: '127.0.0.1' };
const server = new Server({ variables: OPEN });
let ann;
let client;
let addresses = 0;
/** From an address of its own, so that tests do not use up each other's tries. */
const fresh = () => server.client.as({ 'X-Forwarded-For': `198.51.100.${++addresses}` });
before(async () => {
  ({ client } = await server.start());
  ann = await signUp(server, 'ann@example.com', { name: 'Ann' });
});
after(() => server.dispose());

test('the printed token makes the first admin, once', async (t) => {
  const own = await Server.forTest(t, { variables: { HOSTED_MODE: 'true' } });
  const token = setupToken(own);
  assert.match(token, /^[\w-]{43}$/);
  const setUp = (members) => own.client.post('/v1/auth/setup', { token, email: 'admin@example.com', password: PASSWORD, ...members });
  const wrong = await setUp({ token: 'x'.repeat(43) });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.code, 'WRONG_CREDENTIALS');
  assert.deepEqual((await setUp({ email: 'nobody', password: 'short' })).fields, ['password']);
  assert.deepEqual((await setUp({ email: 'nobody' })).fields, ['email']);
  const made = await setUp({});
  assert.equal(made.status, 201);
  assert.equal(made.json.admin, true);
  assert.ok(made.json.scopes.includes('admin'));
  assert.equal((await own.client.as(cookieOf(made)).get('/v1/me')).json.email, 'admin@example.com');
  assert.equal((await setUp({ email: 'second@example.com' })).status, 401, 'used up');
  await own.restart();
  assert.equal(setupToken(own), undefined, 'there is an admin now');
  assert.equal((await own.client.as(cookieOf(made)).get('/v1/me')).status, 200, 'a login survives a restart');
});

test('the command line makes users, whether the server runs or not', async (t) => {
  const own = await Server.forTest(t, { variables: { HOSTED_MODE: 'true' } });
  const create = (email, ...words) =>
    run(['user', 'create', '--data', own.data, '--email', email, '--password-stdin', ...words], { input: `${PASSWORD}\n`, variables: own.variables });
  const login = (email) => own.client.post('/v1/auth/login', { email, password: PASSWORD });
  assert.equal(create('plain@example.com').status, 0);
  assert.equal(create('admin@example.com', '--admin').status, 0);
  assert.equal((await login('plain@example.com')).json.admin, false);
  assert.equal((await login('admin@example.com')).json.admin, true);
  assert.notEqual(create('PLAIN@example.com').status, 0, 'taken');
  await own.stop();
  assert.equal(create('later@example.com').status, 0);
  await own.start();
  assert.equal((await login('later@example.com')).status, 200);
  assert.equal(setupToken(own), undefined, 'there is an admin');
});

test('registration is closed unless it is opened', async (t) => {
  for (const variables of [{ HOSTED_MODE: 'true' }, {}]) {
    const own = await Server.forTest(t, { variables });
    const answer = await own.client.post('/v1/auth/register', { email: 'a@example.com', password: PASSWORD });
    assert.equal(answer.status, 403);
    assert.equal(answer.code, 'REGISTRATION_CLOSED');
  }
});

test('registering makes an account and signs it in', async () => {
  const answer = await fresh().post('/v1/auth/register', { email: ' Bob@Example.com ', password: PASSWORD, name: 'Bob', userId: 'ignored' });
  assert.equal(answer.status, 201);
  const { id, createdAt, ...rest } = answer.json;
  assert.deepEqual(rest, { kind: 'person', email: 'Bob@Example.com', name: 'Bob', admin: false, profile: 'accounts', scopes: ['read', 'write', 'import'] });
  assert.doesNotMatch(answer.text, new RegExp(PASSWORD));
  const [cookie, ...more] = answer.headers['set-cookie'];
  assert.deepEqual(more, []);
  assert.match(cookie, /^medialith=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const bob = server.client.as(cookieOf(answer));
  assert.deepEqual((await bob.get('/v1/me')).json, answer.json);
  assert.equal((await bob.generation()).modelId, 'a-model');
  const taken = await fresh().post('/v1/auth/register', { email: 'bob@EXAMPLE.com', password: PASSWORD });
  assert.equal(taken.status, 409);
  assert.equal(taken.code, 'EMAIL_TAKEN');
});

test('an account is checked, member by member', async () => {
  const own = fresh();
  const rows = [
    [{}, ['email', 'password']], [{ email: 'x', password: 'short', name: 5, admin: true }, ['admin', 'email', 'name', 'password']], [{ email: 'a@b@c', password: PASSWORD }, ['email']],
    [{ email: '@x', password: PASSWORD }, ['email']], [{ email: 'a b@x', password: PASSWORD }, ['email']], [{ email: `${'x'.repeat(250)}@example.com`, password: PASSWORD }, ['email']],
    [{ email: 'c@example.com', password: 'ü'.repeat(7) }, ['password']], [{ email: 'c@example.com', password: 'ü'.repeat(1000) }, ['password']], [{ email: 'c@example.com', password: PASSWORD, name: 'n'.repeat(256) }, ['name']],
  ];
  for (const [members, fields] of rows) {
    const answer = await own.post('/v1/auth/register', members);
    assert.equal(answer.status, 400, JSON.stringify(members));
    assert.deepEqual(answer.fields, fields);
  }
  assert.equal((await own.post('/v1/auth/register', `{"email":"x@example.com","password":"${'x'.repeat(20_000)}"}`)).status, 413);
  assert.equal((await own.post('/v1/auth/login', 'a=b', { type: 'application/x-www-form-urlencoded' })).status, 415);
});

test('a login is right or wrong, and nothing tells which part', async () => {
  const login = (email, password) => fresh().post('/v1/auth/login', { email, password });
  const right = await login('ANN@example.com', PASSWORD);
  assert.equal(right.status, 200);
  assert.equal(right.json.name, 'Ann');
  assert.deepEqual((await client.as(cookieOf(right)).get('/v1/me')).json, right.json);
  const refusals = [await login('ann@example.com', 'wrong password'), await login('nobody@example.com', PASSWORD), await login('ann@example.com', `${PASSWORD} `), await login('ann', PASSWORD), await login('ann@example.com', 'x')];
  for (const answer of refusals) {
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['set-cookie'], undefined);
    const { requestId, ...body } = answer.json;
    const { requestId: _, ...first } = refusals[0].json;
    assert.deepEqual(body, first);
    assert.equal(body.code, 'WRONG_CREDENTIALS');
  }
  assert.deepEqual((await fresh().post('/v1/auth/login', {})).fields, ['email']);
  assert.deepEqual((await fresh().post('/v1/auth/login', { email: 'x', token: 'y' })).fields, ['token']);
});

test('a new login ends the one before it', async () => {
  const first = await fresh().post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD });
  const second = await fresh().post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD }, { headers: cookieOf(first) });
  assert.notDeepEqual(cookieOf(first), cookieOf(second));
  assert.equal((await client.get('/v1/me', { headers: cookieOf(first) })).status, 401);
  assert.equal((await client.get('/v1/me', { headers: cookieOf(second) })).status, 200);
  assert.equal((await ann.get('/v1/me')).status, 200, 'others stay');
});

test('logging out ends the login at once', async () => {
  const made = await fresh().post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD });
  const own = fresh().as(cookieOf(made));
  const answer = await own.post('/v1/auth/logout');
  assert.equal(answer.status, 204);
  assert.match(answer.headers['set-cookie'][0], /^medialith=; .*Max-Age=0/);
  assert.equal((await own.get('/v1/me')).status, 401);
  assert.equal((await fresh().post('/v1/auth/logout')).status, 204, 'who is signed out stays so');
});

test('who was somebody until a moment ago changes nothing and is told nothing', async () => {
  const generation = { id: 'mine', modelId: 'm' };
  const bytes = noise(100);
  assert.equal((await ann.post('/v1/generations', generation, { key: 'made' })).status, 201);
  const asset = (await ann.upload(bytes, { key: 'kept' })).json;
  const requests = {
    'a new generation': (own) => own.post('/v1/generations', { modelId: 'm' }),
    'a retry': (own) => own.post('/v1/generations', generation, { key: 'made' }),
    'a retried upload': (own) => own.upload(bytes, { key: 'kept' }),
    'a new upload': (own) => own.upload(noise(100)),
    'what is not valid': (own) => own.post('/v1/generations', {}),
    'what exists': (own) => own.post('/v1/generations', generation),
    'a change from a stale version': (own) => own.patch('/v1/generations/mine', { rating: 1 }, { ifMatch: '"7"' }),
    'a change': (own) => own.patch('/v1/generations/mine', { rating: 1 }),
    'what is not there': (own) => own.delete('/v1/generations/none'),
    'a link': (own) => own.post(`/v1/assets/${asset.id}/url`, {}),
    'a dry run': (own) => own.post('/v1/bulk', { action: 'trash', ids: ['mine'], dryRun: true }),
    'bulk work': (own) => own.post('/v1/bulk', { action: 'trash', ids: ['mine'] }),
    'an import of nothing': (own) => own.post('/v1/imports', []),
    'a key': (own) => own.post('/v1/keys', { name: 'a key' }),
  };
  const before = (await ann.get('/v1/usage')).json;
  for (const [what, ask] of Object.entries(requests)) {
    const own = fresh().as(cookieOf(await fresh().post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD })));
    assert.equal((await own.get('/v1/me')).status, 200);
    await own.post('/v1/auth/logout');
    const answer = await ask(own);
    assert.equal(answer.status, 401, what);
    assert.ok(!answer.text.includes('mine'), what);
  }
  assert.deepEqual((await ann.get('/v1/usage')).json, before);
  assert.equal((await ann.get('/v1/generations/mine')).json.version, 1);
});

test('whoever is nobody gets 401 from everything that belongs to somebody', async () => {
  const guarded = server.contract.operations.filter(({ operation }) => operation.security.length > 0);
  assert.ok(guarded.length >= 17);
  const anonymous = [fresh(), fresh().as({ Cookie: 'medialith=none' }), fresh().as({ Cookie: `medialith=${'A'.repeat(43)}` }), fresh().as({ Authorization: 'Bearer mlk_x_y' }), fresh().as({ Authorization: 'Bearer nonsense' }), fresh().as({ Authorization: 'Basic YTpi' }), fresh().as({ Authorization: 'Bearer ' })];
  for (const caller of anonymous) {
    for (const { method, template, operation } of guarded) {
      const answer = await caller.call(method, template.replace('{id}', 'x'), { json: ['POST', 'PUT', 'PATCH'].includes(method) && operation.requestBody ? {} : undefined });
      assert.equal(answer.status, 401, `${method} ${template}`);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
      assert.deepEqual(answer.json.details, { profile: 'accounts', registration: true, login: 'password' });
    }
  }
});

test('a key is shown once and works as its owner', async () => {
  const made = await ann.post('/v1/keys', { name: 'CI' }, { key: 'ignored' });
  assert.equal(made.status, 201);
  const { id, name, scopes, key, expiresAt } = made.json;
  assert.match(key, /^mlk_[\w-]+$/);
  assert.deepEqual([name, scopes, expiresAt], ['CI', ['read', 'write'], null]);
  const again = await ann.post('/v1/keys', { name: 'CI' }, { key: 'ignored' });
  assert.equal(again.status, 201);
  assert.equal(again.headers['idempotency-replayed'], undefined);
  assert.notEqual(again.json.key, key, 'a secret is never replayed');
  const list = await ann.get('/v1/keys');
  assert.ok(list.json.items.some((item) => item.id === id && item.name === 'CI'));
  assert.doesNotMatch(list.text, /mlk_/);
  const caller = client.as({ Authorization: `Bearer ${key}` });
  assert.equal((await caller.get('/v1/me')).json.email, 'ann@example.com');
  const generation = await caller.generation();
  assert.equal((await ann.get(`/v1/generations/${generation.id}`)).status, 200);
  assert.equal((await client.get('/v1/me', { headers: { Authorization: `bEaReR ${key}` } })).status, 200);
  for (const wrong of [`${key}x`, key.slice(0, -1), key.replace('mlk_', 'mlx_'), key.toUpperCase()]) assert.equal((await client.get('/v1/me', { headers: { Authorization: `Bearer ${wrong}` } })).status, 401, wrong);
  assert.equal((await ann.delete(`/v1/keys/${id}`, { key: 'end-it' })).status, 204);
  assert.equal((await caller.get('/v1/me')).status, 401);
  const repeated = await ann.delete(`/v1/keys/${id}`, { key: 'end-it' });
  assert.deepEqual([repeated.status, repeated.headers['idempotency-replayed']], [204, 'true']);
  assert.equal((await ann.delete(`/v1/keys/${id}`)).status, 404);
  assert.doesNotMatch(server.log(), new RegExp(key));
});

test('a key that ends while its upload runs keeps nothing of it', async () => {
  const caller = await withKey(server, ann);
  const files = server.blobFiles();
  const bytes = noise(2 << 20);
  const wire = await server.socket();
  wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${caller.key}\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  wire.write(bytes.subarray(0, 1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  assert.equal((await ann.delete(`/v1/keys/${caller.keyId}`)).status, 204);
  wire.write(bytes.subarray(1 << 20));
  const [answer] = await wire.answered(1);
  server.contract.check({ method: 'POST', path: '/v1/uploads', ...answer });
  wire.close();
  assert.equal(answer.status, 401);
  await server.nothingUnderWay();
  assert.deepEqual(server.blobFiles(), files);
});

test('a key needs a name, known scopes and a future', async () => {
  const rows = [[{}, ['name']], [{ name: '' }, ['name']], [{ name: 'x'.repeat(256) }, ['name']], [{ name: 'k', scopes: [] }, ['scopes']], [{ name: 'k', scopes: ['read', 'root'] }, ['scopes[1]']], [{ name: 'k', scopes: 'read' }, ['scopes']],
    [{ name: 'k', expiresAt: 'tomorrow' }, ['expiresAt']], [{ name: 'k', expiresAt: '2020-01-01T00:00:00.000Z' }, ['expiresAt']], [{ name: 'k', id: 'x', key: 'y' }, ['id', 'key']]];
  for (const [members, fields] of rows) {
    const answer = await ann.post('/v1/keys', members);
    assert.equal(answer.status, 400, JSON.stringify(members));
    assert.deepEqual(answer.fields, fields);
  }
});

test('a key ends when it was told to', async () => {
  const expiresAt = new Date(Date.now() + 5000).toISOString();
  const caller = await withKey(server, ann, { expiresAt });
  assert.equal((await caller.get('/v1/me')).status, 200);
  await until('the key to end', async () => (await caller.get('/v1/me')).status === 401, 15_000);
  assert.ok(Date.now() >= Date.parse(expiresAt) - 50);
});

test('scopes: every operation asks for its own', async () => {
  const asset = await ann.asset(noise(50));
  const reader = await withKey(server, ann, { scopes: ['read'] });
  const writer = await withKey(server, ann, { scopes: ['write'] });
  for (const { method, template, operation } of server.contract.operations) {
    const scope = operation['x-medialith-scope'];
    if (scope === undefined) continue;
    assert.ok(['read', 'write', 'import', 'admin'].includes(scope), template);
    const path = template.replace('{id}', template.startsWith('/v1/assets') ? asset.id : 'none');
    const caller = scope === 'read' ? writer : reader;
    const answer = await caller.call(method, path, { json: operation.requestBody && method !== 'DELETE' ? {} : undefined });
    assert.equal(answer.status, 403, `${method} ${template}`);
    // Who is no admin hears that first: a wider key would not help.
    assert.equal(answer.code, scope === 'admin' ? 'FORBIDDEN' : 'INSUFFICIENT_SCOPE');
  }
  assert.equal((await reader.get('/v1/generations')).status, 200);
  assert.equal((await reader.get(asset.url)).status, 200);
  assert.equal((await writer.post('/v1/generations', { modelId: 'm' })).status, 201);
});

test('nobody hands on more than they have', async () => {
  const writer = await withKey(server, ann, { scopes: ['write'] });
  for (const scopes of [['read'], ['read', 'write'], ['admin'], undefined]) {
    const answer = await writer.post('/v1/keys', { name: 'wider', scopes });
    assert.equal(answer.status, 403, `${scopes}`);
    assert.equal(answer.code, 'INSUFFICIENT_SCOPE');
  }
  assert.equal((await writer.post('/v1/keys', { name: 'same', scopes: ['write'] })).status, 201);
  assert.equal((await ann.post('/v1/keys', { name: 'admin', scopes: ['admin'] })).status, 403);
});

test('a cookie needs the own site, a key does not', async () => {
  const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };
  const answer = await ann.post('/v1/generations', { modelId: 'm' }, { headers });
  assert.equal(answer.status, 403);
  assert.equal(answer.code, 'CROSS_SITE');
  assert.equal((await fresh().post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD }, { headers })).status, 403);
  const caller = await withKey(server, ann);
  assert.equal((await caller.post('/v1/generations', { modelId: 'm' }, { headers })).status, 201);
});

test('with an https address the cookie is bound to it', async (t) => {
  const own = await Server.forTest(t, { variables: { ...OPEN, MEDIALITH_PUBLIC_URL: 'https://media.example.com' } });
  const answer = await own.client.post('/v1/auth/register', { email: 'a@example.com', password: PASSWORD }, { headers: { Host: 'media.example.com' } });
  assert.match(answer.headers['set-cookie'][0], /^__Host-medialith=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
  assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
  assert.equal((await own.client.get('/v1/me', { headers: cookieOf(answer) })).status, 200);
  const { Cookie } = cookieOf(answer);
  assert.equal((await own.client.get('/v1/me', { headers: { Cookie: Cookie.replace('__Host-', '') } })).status, 401);
});

test('the owner of a server without accounts', async (t) => {
  const own = await Server.forTest(t);
  const me = (await own.client.get('/v1/me')).json;
  assert.deepEqual([me.kind, me.admin, me.profile, me.email], ['local', true, 'single', null]);
  const caller = await withKey(own, own.client, { scopes: ['read'] });
  assert.equal((await caller.post('/v1/generations', { modelId: 'm' })).code, 'INSUFFICIENT_SCOPE');
  assert.equal((await own.client.get('/v1/me', { headers: { Authorization: 'Bearer mlk_wrong_key' } })).status, 401);
  assert.equal((await own.client.get('/v1/me', { headers: { Cookie: 'medialith=stale' } })).status, 200);
});

test('on another address than this machine\'s the access token is asked for', async (t) => {
  const own = await Server.forTest(t, { listen: '0.0.0.0:0' });
  const [, token] = /#token=([\w-]{43})/.exec(own.banner);
  const refused = await own.client.get('/v1/generations');
  assert.equal(refused.status, 401);
  assert.deepEqual(refused.json.details, { profile: 'single', registration: false, login: 'token' });
  assert.equal((await own.client.post('/v1/auth/login', { token: 'x'.repeat(43) })).code, 'WRONG_CREDENTIALS');
  const login = await own.client.post('/v1/auth/login', { token });
  assert.equal(login.status, 200);
  assert.equal((await own.client.as(cookieOf(login)).get('/v1/generations')).status, 200);
  assert.equal((await own.client.as({ Authorization: `Bearer ${token}` }).generation()).modelId, 'a-model');
  await own.restart();
  assert.doesNotMatch(own.banner, /#token=/, 'shown once');
  assert.equal((await own.client.as({ Authorization: `Bearer ${token}` }).get('/v1/generations')).json.items.length, 1);
});
