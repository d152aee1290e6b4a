// Who may call from where: hosts, origins, proxies, base path, TLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server, temporaryFolder } from './harness.mjs';

const APP = 'http://localhost:3000';
const server = new Server({ variables: { MEDIALITH_ALLOWED_ORIGINS: `${APP}, https://app.example.com` } });
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const create = (headers, options) => client.post('/v1/generations', { modelId: 'm' }, { headers, ...options });

test('only known names are served, against DNS rebinding', async () => {
  for (const host of ['localhost', 'localhost:1', '127.0.0.1:8787', '[::1]', '[::1]:80', 'app.localhost', 'LOCALHOST', 'app.example.com', 'localhost.']) {
    assert.equal((await client.get('/v1/generations', { headers: { Host: host } })).status, 200, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'xapp.example.com', '192.168.1.5', 'localhost:99999', '0.0.0.0', '[::2]', '127.0.0.1x']) {
    for (const path of ['/v1/generations', '/', '/nothing', '/openapi.json', '/healthz']) {
      const answer = await client.get(path, { headers: { Host: host }, unlisted: true });
      assert.equal(answer.status, 421, `${host} ${path}`);
      assert.equal(answer.code, 'UNKNOWN_HOST');
    }
  }
  assert.match(server.log(), /"host_refused".*MEDIALITH_PUBLIC_URL=http:\/\/evil\.example/);
  assert.equal(server.log().match(/"host":"evil\.example"/g).length, 1, 'said once');
});

test('another site\'s page cannot change anything', async () => {
  const before = (await client.all('/v1/generations')).length;
  const refused = [
    { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, { Origin: 'https://evil.example' }, { Origin: 'null' },
    { Origin: `${APP}.evil.example` }, { Origin: 'http://localhost:30000' }, { Origin: 'https://localhost:3000' }, { Origin: 'http://xapp.example.com' }, { 'Sec-Fetch-Site': 'nonsense' }, { Origin: '' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: server.url },
  ];
  for (const headers of refused) {
    for (const [method, path] of [['POST', '/v1/generations'], ['POST', '/v1/uploads'], ['DELETE', '/v1/generations/x'], ['PATCH', '/v1/generations/x']]) {
      const answer = await client.call(method, path, { json: method === 'DELETE' ? undefined : { modelId: 'm' }, headers });
      assert.equal(answer.status, 403, `${method} ${JSON.stringify(headers)}`);
      assert.equal(answer.code, 'CROSS_SITE');
    }
  }
  assert.equal((await client.all('/v1/generations')).length, before);
  assert.match(server.log(), /"origin_refused".*MEDIALITH_ALLOWED_ORIGINS=https:\/\/evil\.example/);
});

test('the own page, an allowed app, and what is no browser may', async () => {
  for (const headers of [{}, { 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }, { Origin: APP }, { 'Sec-Fetch-Site': 'cross-site', Origin: APP }, { 'Sec-Fetch-Site': 'same-site', Origin: 'https://app.example.com' }, { Origin: server.url }]) {
    assert.equal((await create(headers)).status, 201, JSON.stringify(headers));
  }
});

test('an allowed origin may read, no other does', async () => {
  const answer = await client.get('/v1/generations?limit=1', { headers: { Origin: APP } });
  assert.equal(answer.headers['access-control-allow-origin'], APP);
  assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  assert.match(answer.headers['access-control-expose-headers'], /ETag/);
  for (const origin of ['https://evil.example', 'null', `${APP}.evil.example`, 'HTTP://LOCALHOST:3000']) {
    const other = await client.get('/v1/generations?limit=1', { headers: { Origin: origin } });
    assert.equal(other.status, 200);
    assert.equal(other.headers['access-control-allow-origin'], undefined, origin);
    assert.match(other.headers.vary, /Origin/);
  }
  const failed = await create({ Origin: APP }, { type: 'text/plain' });
  assert.equal(failed.status, 415);
  assert.equal(failed.headers['access-control-allow-origin'], APP, 'an app can read its errors');
  const { url } = await client.asset(png());
  assert.equal((await client.get(url, { headers: { Origin: APP } })).headers['access-control-allow-origin'], APP);
});

test('a preflight answers what the app may send', async () => {
  const preflight = (origin, path = '/v1/generations/x', method = 'PATCH') =>
    client.call('OPTIONS', path, { headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'content-type,if-match,idempotency-key' } });
  const allowed = await preflight(APP);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers['access-control-allow-origin'], APP);
  assert.equal(allowed.headers['access-control-allow-credentials'], 'true');
  assert.deepEqual(allowed.headers['access-control-allow-methods'].split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH', 'PUT']);
  assert.equal(allowed.headers['access-control-allow-headers'], 'content-type, if-match, idempotency-key');
  assert.ok(Number(allowed.headers['access-control-max-age']) > 0);
  for (const origin of ['https://evil.example', 'null']) {
    const refused = await preflight(origin);
    assert.equal(refused.status, 403, origin);
    assert.equal(refused.code, 'ORIGIN_NOT_ALLOWED');
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
  }
  assert.equal((await preflight(APP, '/nothing')).status, 404);
});

test('below a base path everything is below it', async (t) => {
  const own = await Server.forTest(t, { variables: { MEDIALITH_BASE_PATH: '/storage' } });
  const made = await own.client.post('/v1/generations', { modelId: 'm' });
  assert.equal(made.headers.location, `/storage/v1/generations/${made.json.id}`);
  const asset = await own.client.asset(noise(100));
  assert.equal(asset.url, `/storage/v1/assets/${asset.id}/content`);
  const { url } = (await own.client.post(`/v1/assets/${asset.id}/url`, {})).json;
  assert.ok(url.startsWith(`${asset.url}?`));
  assert.equal((await own.client.get(url.slice('/storage'.length))).status, 200);
  for (let i = 0; i < 2; i++) await own.client.generation();
  const { headers } = await own.client.get('/v1/generations?limit=1');
  assert.match(headers.link, /^<\/storage\/v1\/generations\?/);
  assert.equal((await own.client.get('/', { unlisted: true })).status, 200);
  assert.equal((await own.client.get('/openapi.json')).json.servers[0].url, '/storage');
  own.base = '';
  for (const path of ['/v1/generations', '/healthz', '/', '/storagex/v1/generations', '/Storage/v1/generations']) assert.equal((await own.client.get(path, { unrouted: true })).status, 404, path);
  own.base = '/storage';
});

test('X-Forwarded-For is believed from trusted proxies alone', async (t) => {
  const figures = (from, headers) => from.get('/metrics', { headers }).then(({ status }) => status);
  assert.equal(await figures(client, {}), 200);
  const own = await Server.forTest(t, { variables: { MEDIALITH_TRUSTED_PROXIES: '127.0.0.0/8' } });
  const proxied = await own.client.get('/healthz', { headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.9' } });
  assert.equal(proxied.headers['strict-transport-security'], 'max-age=31536000');
  for (const headers of [{ 'X-Forwarded-Proto': 'ftp' }, {}]) assert.equal((await own.client.get('/healthz', { headers })).headers['strict-transport-security'], undefined);
  const untrusted = await client.get('/healthz', { headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.9' } });
  assert.equal(untrusted.headers['strict-transport-security'], undefined);
});

test('TLS with a certificate', async (t) => {
  const folder = temporaryFolder(t);
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const own = await Server.forTest(t, { variables: { MEDIALITH_TLS_CERTIFICATE: certificate, MEDIALITH_TLS_KEY: key } });
  assert.match(own.url, /^https:/);
  const bytes = noise(3 << 20);
  const asset = await own.client.asset(bytes);
  const read = await own.client.get(asset.url);
  assert.ok(read.body.equals(bytes));
  assert.equal(read.headers['strict-transport-security'], 'max-age=31536000');
  assert.equal((await own.client.get(asset.url, { headers: { Range: 'bytes=5-9' } })).status, 206);
  assert.equal((await own.client.post('/v1/generations', { modelId: 'm' }, { headers: { Origin: own.url } })).status, 201);
  assert.equal((await own.client.post('/v1/generations', { modelId: 'm' }, { headers: { Origin: own.url.replace('https', 'http') } })).status, 403);
});
