// HTTP itself: what is no route, no request, too large, smuggled or in a row.
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, test } from 'node:test';
import { Server } from './harness.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const HOST = 'Host: localhost\r\n';

/** The one answer to raw bytes after which the server closes. */
const refusal = async (bytes, { method = 'GET', path = '/healthz' } = {}) => {
  const answers = await server.exchange(bytes, [{ method, path, unrouted: true }]);
  assert.equal(answers.length, 1, 'one answer, and nothing behind it taken for a request');
  const [{ status, headers, body }] = answers;
  assert.equal(headers.connection, 'close');
  return { status, code: JSON.parse(body).code };
};

test('what is not there is 404, as JSON, everywhere', async () => {
  for (const path of ['/nothing', '/v1', '/v1/', '/v1/nothing', '/api', '/api/nothing', '/api/anything/at/all', '/v2/generations', '/V1/generations', '/healthz/', '//healthz', '/./healthz', '/v1/generations/', '/v1/generations//x', '/v1/generations/x/restore/y', '/v1/../healthz', '/index.php']) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await client.call(method, path);
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal(answer.code, 'NOT_FOUND');
    }
    assert.equal((await client.head(path)).status, 404);
  }
});

test('a method that is not there is 405 and names those that are', async () => {
  const rows = [['PUT', '/v1/generations', 'GET, HEAD, POST, OPTIONS'], ['POST', '/v1/generations/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'], ['GET', '/v1/uploads', 'POST, OPTIONS'], ['POST', '/healthz', 'GET, HEAD, OPTIONS'], ['GET', '/v1/generations/x/restore', 'POST, OPTIONS']];
  for (const [method, path, allow] of rows) {
    const answer = await client.call(method, path);
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.deepEqual(answer.headers.allow.split(', ').sort(), allow.split(', ').sort());
    const options = await client.call('OPTIONS', path);
    assert.equal(options.status, 204);
    assert.deepEqual(options.headers.allow.split(', ').sort(), allow.split(', ').sort());
  }
});

test('a method that nobody knows is 501', async () => {
  const { status, code } = await refusal(`BREW /healthz HTTP/1.1\r\n${HOST}\r\n`, { method: 'BREW' });
  assert.deepEqual([status, code], [501, 'NOT_IMPLEMENTED']);
});

test('addresses are decoded once, and never into something else', async () => {
  for (const path of ['/v1/generations/a%2Fb', '/v1/generations/a%5Cb', '/v1/generations/%00', '/v1/generations/%zz', '/v1/generations/%', '/v1/generations/%e2%28', '/v1/generations?limit=%zz', '/v1/generations?limit=%00']) {
    assert.equal((await client.get(path)).status, 400, path);
  }
  assert.equal((await client.get('/v1/generations/%2e%2e')).status, 404);
  assert.equal((await client.get('/%68ealthz')).status, 200);
  for (const target of ['healthz', 'ftp://localhost/healthz', 'http:///healthz', '/health z', '*']) {
    const [answer] = await server.exchange(`GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [{ method: 'GET', path: '/healthz', unrouted: true }]);
    assert.equal(answer.status, 400, target);
  }
  const [absolute] = await server.exchange('GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', [{ method: 'GET', path: '/healthz' }]);
  assert.equal(absolute.status, 200);
});

test('an address over 8 KiB is 414, fields over 16 KiB or 100 are 431', async () => {
  assert.equal((await client.get(`/v1/generations?model=${'x'.repeat(900)}&${'model=y&'.repeat(40)}model=z`)).status, 200);
  assert.deepEqual(await refusal(`GET /${'x'.repeat(8200)} HTTP/1.1\r\n${HOST}\r\n`, { path: '/x' }), { status: 414, code: 'URI_TOO_LONG' });
  assert.deepEqual(await refusal(`GET /${'x'.repeat(100_000)}`, { path: '/x' }), { status: 414, code: 'URI_TOO_LONG' });
  for (const fields of [`X-Long: ${'x'.repeat(17_000)}\r\n`, 'X-Many: 1\r\n'.repeat(101), `X-Endless: ${'x'.repeat(30_000)}`]) {
    assert.deepEqual(await refusal(`GET /healthz HTTP/1.1\r\n${HOST}${fields}\r\n`), { status: 431, code: 'HEADERS_TOO_LARGE' });
  }
  assert.equal((await client.get('/healthz', { headers: { 'X-Long': 'x'.repeat(15_000) } })).status, 200);
});

test('framing that two parsers could read differently is refused and the connection closed', async () => {
  const smuggled = `GET /metrics HTTP/1.1\r\n${HOST}\r\n`;
  const rows = [
    `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`, `Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello${smuggled}`, `Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello${smuggled}`,
    `Content-Length: 5, 5\r\n\r\nhello${smuggled}`, `Content-Length: +5\r\n\r\nhello${smuggled}`, `Content-Length: -5\r\n\r\n${smuggled}`, `Content-Length: 0x5\r\n\r\n${smuggled}`, `Content-Length: 99999999999999999999\r\n\r\n${smuggled}`,
    `Transfer-Encoding: xchunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`, `Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`, `Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`, `Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n${smuggled}`,
    `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`, `X: a\r\n Transfer-Encoding: chunked\r\n\r\n${smuggled}`, `X: a\rTransfer-Encoding: chunked\r\n\r\n${smuggled}`, `X: a\nContent-Length: 5\r\n\r\nhello${smuggled}`, `X: a\0b\r\n\r\n${smuggled}`, `${HOST}\r\n${smuggled}`,
    `: empty\r\n\r\n${smuggled}`, `No-Colon\r\n\r\n${smuggled}`,
  ];
  for (const rest of rows) {
    const { status, code } = await refusal(`POST /v1/generations HTTP/1.1\r\n${HOST}${rest}`, { method: 'POST', path: '/v1/generations' });
    assert.deepEqual([status, code], [400, 'INVALID_REQUEST'], JSON.stringify(rest));
  }
  const unknown = await refusal(`POST /v1/generations HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip\r\n\r\n${smuggled}`, { method: 'POST', path: '/v1/generations' });
  assert.equal(unknown.status, 501);
  for (const head of ['GET /healthz HTTP/1.1\r\n\r\n', 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n', 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n', 'GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /healthz\r\n\r\n', 'GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 hello\r\n\r\n']) {
    const { status } = await refusal(head);
    assert.equal(status, 400, JSON.stringify(head));
  }
});

test('chunks that are not well formed end the connection', async () => {
  const head = `POST /v1/uploads HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
  for (const chunks of ['x\r\nhello\r\n', '-1\r\n\r\n', '5\r\nhelloX\r\n0\r\n\r\n', '5\nhello\r\n0\r\n\r\n', 'fffffffffffffffff\r\n', `5;${'x'.repeat(5000)}\r\nhello\r\n0\r\n\r\n`, '0\r\nContent-Length: 5\r\n\r\n', '0x5\r\nhello\r\n0\r\n\r\n']) {
    const { status } = await refusal(head + chunks, { method: 'POST', path: '/v1/uploads' });
    assert.equal(status, 400, JSON.stringify(chunks.slice(0, 40)));
  }
});

test('requests in a row are answered in their order', async () => {
  const paths = ['/healthz', '/v1/generations?limit=1', '/nothing', '/readyz', '/v1/generations/none', '/healthz'];
  const answers = await server.exchange(paths.map((path, i) => `GET ${path} HTTP/1.1\r\n${HOST}X-Request-Id: n${i}\r\n${i === paths.length - 1 ? 'Connection: close\r\n' : ''}\r\n`).join(''), paths.map((path) => ({ method: 'GET', path })));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 404, 200, 404, 200]);
  assert.deepEqual(answers.map(({ headers }) => headers['x-request-id']), paths.map((_, i) => `n${i}`));
});

test('a body that a route does not want is read away, and never taken for a request', async () => {
  const body = `GET /metrics HTTP/1.1\r\n${HOST}\r\n`;
  for (const [method, path] of [['GET', '/healthz'], ['DELETE', '/v1/generations/none'], ['GET', '/nothing'], ['PUT', '/healthz'], ['HEAD', '/healthz']]) {
    const answers = await server.exchange(`${method} ${path} HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}GET /readyz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [{ method, path }, { method: 'GET', path: '/readyz' }]);
    assert.equal(answers.length, 2, `${method} ${path}`);
    assert.equal(answers[1].body.toString(), '{"ok":true}');
  }
});

test('HEAD is GET without the body', async () => {
  const paths = server.contract.operations.filter(({ method, template }) => method === 'GET' && !template.includes('{')).map(({ template }) => template);
  assert.ok(paths.length >= 8);
  for (const path of paths) {
    const [get, head] = [await client.get(path), await client.head(path)];
    assert.equal(head.status, get.status, path);
    assert.equal(head.headers['content-type'], get.headers['content-type'], path);
    // Figures change from one call to the next.
    if (path !== '/metrics') assert.equal(head.headers['content-length'], get.headers['content-length'], path);
  }
});

test('a small body is small and 64 deep, however it comes', async () => {
  const login = (text, options) => client.call('POST', '/v1/auth/login', { json: text, ...options });
  assert.equal((await login(`{"email":${'['.repeat(63)}${']'.repeat(63)}}`)).code, 'VALIDATION_FAILED');
  assert.equal((await login(`{"email":${'['.repeat(64)}${']'.repeat(64)}}`)).code, 'MALFORMED_JSON');
  for (const chunked of [false, true]) {
    assert.equal((await login(`{"email":"${'x'.repeat(10_000)}"}`, { chunked })).status, 400);
    assert.equal((await login(`{"email":"${'x'.repeat(20_000)}"}`, { chunked })).status, 413);
  }
});

test('HTTP/1.0 is answered and closed', async () => {
  for (const [fields, status] of [[HOST, 200], ['', 421]]) {
    const [answer] = await server.exchange(`GET /healthz HTTP/1.0\r\n${fields}\r\n`, [{ method: 'GET', path: '/healthz' }]);
    assert.equal(answer.status, status);
  }
});

test('a connection is kept', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set();
  agent.on('free', (socket) => ports.add(socket.localPort));
  for (const path of ['/healthz', '/nothing', '/v1/generations', '/v1/generations?limit=0']) await client.get(path, { agent });
  await client.post('/v1/generations', '{', { agent });
  await client.post('/v1/generations', 'x', { agent, type: 'text/plain' });
  await client.get('/healthz', { agent });
  assert.equal(ports.size, 1);
  agent.destroy();
});

test('X-Request-Id is taken over, or made', async () => {
  assert.equal((await client.get('/nothing', { headers: { 'X-Request-Id': 'my-id_1.2' } })).json.requestId, 'my-id_1.2');
  for (const id of ['a b', 'x'.repeat(65), '<script>', '']) {
    const own = (await client.get('/nothing', { headers: { 'X-Request-Id': id } })).json.requestId;
    assert.match(own, /^[0-9a-f]{16}$/);
  }
  const made = await Promise.all(Array.from({ length: 50 }, () => client.get('/healthz')));
  assert.equal(new Set(made.map(({ headers }) => headers['x-request-id'])).size, 50);
});

test('every answer says how long it took, and no error is kept by a cache', async () => {
  const answers = [await client.get('/healthz'), await client.get('/nothing'), await client.get('/v1/generations')];
  for (const { headers } of answers) {
    assert.match(headers['server-timing'], /^total;dur=[\d.]+$/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['strict-transport-security'], undefined, 'not without TLS');
  }
});

test('health, readiness, figures, description', async () => {
  assert.deepEqual((await client.get('/healthz')).json, { ok: true });
  assert.deepEqual((await client.get('/readyz')).json, { ok: true });
  const metrics = await client.get('/metrics');
  assert.match(metrics.text, /^# TYPE medialith_db_commits_total counter$/m);
  assert.equal((await client.get('/metrics', { headers: { 'X-Forwarded-For': '203.0.113.9' } })).status, 404, 'only for this machine');
  const docs = await client.get('/docs');
  assert.equal(docs.headers['content-type'], 'text/html; charset=utf-8');
  for (const { operation } of server.contract.operations) assert.ok(docs.text.includes(operation.operationId) || docs.text.includes(operation.summary.replaceAll('`', '')) || docs.text.includes('/v1'), operation.operationId);
  const { openapi, info } = (await client.get('/openapi.json')).json;
  assert.match(openapi, /^3\.1\./);
  assert.match(info.version, /^\d+\.\d+\.\d+/);
});

test('every operation is described well enough to be called', async () => {
  const ids = new Set();
  for (const { method, template, operation } of server.contract.operations) {
    assert.ok(!ids.has(operation.operationId), operation.operationId);
    ids.add(operation.operationId);
    assert.match(operation.summary, /\.$/, template);
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(operation.parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name), named, template);
    if (['POST', 'PUT', 'PATCH'].includes(method) && operation.requestBody !== undefined) assert.ok(Object.keys(operation.requestBody.content).length > 0);
    assert.ok(Object.keys(operation.responses).some((status) => status < 300), template);
  }
});

test('the console is served under a strict policy', async () => {
  const page = await client.get('/', { unlisted: true });
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.headers['content-security-policy'], /default-src 'self'/);
  assert.doesNotMatch(page.headers['content-security-policy'], /unsafe/);
  assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal((await client.get('/', { unlisted: true, headers: { 'If-None-Match': page.headers.etag } })).status, 304);
  for (const [, path] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    const file = await client.get(path, { unlisted: true, headers: { 'Accept-Encoding': 'br' } });
    assert.equal(file.status, 200, path);
    if (path.includes('/assets/')) assert.match(file.headers['cache-control'], /immutable/);
  }
});
