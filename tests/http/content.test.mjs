// Bytes on their way out: ranges, conditions, headers, signed URLs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server, until } from './harness.mjs';

const server = new Server();
let client;
let bytes;
let asset;
let path;
before(async () => {
  ({ client } = await server.start());
  bytes = noise(100_000);
  asset = await client.asset(bytes, { filename: 'data.bin' });
  path = asset.url;
});
after(() => server.dispose());

const range = (value, headers = {}) => client.get(path, { headers: { Range: value, ...headers } });

test('the whole, with the headers of something that never changes', async () => {
  const answer = await client.get(path);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, bytes);
  assert.equal(answer.headers['content-length'], `${bytes.length}`);
  assert.equal(answer.headers['accept-ranges'], 'bytes');
  assert.equal(answer.headers.etag, `"${asset.sha256}"`);
  assert.match(answer.headers['cache-control'], /^private, .*immutable/);
  assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(answer.headers.vary, /Cookie/);
  const head = await client.head(path);
  assert.equal(head.status, 200);
  for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-disposition', 'accept-ranges']) assert.equal(head.headers[name], answer.headers[name], name);
});

test('one range is served alone', async () => {
  const size = bytes.length;
  const rows = [
    ['bytes=0-0', 0, 0], ['bytes=0-99', 0, 99], ['bytes=99999-', 99_999, 99_999], ['bytes=50000-', 50_000, size - 1], ['bytes=-1', size - 1, size - 1],
    ['bytes=-500', size - 500, size - 1], ['bytes=-999999', 0, size - 1], ['bytes=10-9999999', 10, size - 1], ['bytes=0-99999999999999999999', 0, size - 1], ['BYTES=5-6', 5, 6],
  ];
  for (const [value, first, last] of rows) {
    const answer = await range(value);
    assert.equal(answer.status, 206, value);
    assert.equal(answer.headers['content-range'], `bytes ${first}-${last}/${size}`, value);
    assert.deepEqual(answer.body, bytes.subarray(first, last + 1), value);
    assert.equal(answer.headers['content-length'], `${last - first + 1}`);
  }
});

test('several ranges, or what is no range, are answered with the whole', async () => {
  for (const value of ['bytes=0-1,3-4', 'bytes=0-0, -1', 'bytes=', 'bytes=a-b', 'bytes=5-2', 'items=0-1', 'bytes 0-1', `bytes=${'0-0,'.repeat(1000)}1-1`]) {
    const answer = await range(value);
    assert.equal(answer.status, 200, value.slice(0, 30));
    assert.equal(answer.body.length, bytes.length);
    assert.equal(answer.headers['content-range'], undefined);
  }
  const head = await client.head(path, { headers: { Range: 'bytes=0-1' } });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], `${bytes.length}`);
});

test('a range outside the file is 416', async () => {
  for (const value of ['bytes=100000-', 'bytes=100000-100001', 'bytes=-0', 'bytes=99999999999999999999-']) {
    const answer = await range(value);
    assert.equal(answer.status, 416, value);
    assert.equal(answer.code, 'RANGE_NOT_SATISFIABLE');
    assert.equal(answer.headers['content-range'], `bytes */${bytes.length}`);
  }
  const empty = await client.asset(Buffer.alloc(0));
  assert.equal((await client.get(empty.url, { headers: { Range: 'bytes=0-' } })).status, 416);
});

test('If-Range gives the part while the file is the same, else the whole', async () => {
  assert.equal((await range('bytes=0-9', { 'If-Range': `"${asset.sha256}"` })).status, 206);
  for (const tag of ['"other"', `W/"${asset.sha256}"`, 'Sat, 01 Jan 2022 00:00:00 GMT']) assert.equal((await range('bytes=0-9', { 'If-Range': tag })).status, 200, tag);
});

test('If-None-Match and If-Match', async () => {
  const tag = `"${asset.sha256}"`;
  for (const value of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
    const answer = await client.get(path, { headers: { 'If-None-Match': value } });
    assert.equal(answer.status, 304, value);
    assert.equal(answer.headers.etag, tag);
    assert.match(answer.headers['cache-control'], /immutable/);
  }
  assert.equal((await client.get(path, { headers: { 'If-None-Match': '"x"' } })).status, 200);
  assert.equal((await client.get(path, { headers: { 'If-Match': '"x"' } })).status, 412);
  assert.equal((await client.get(path, { headers: { 'If-Match': tag } })).status, 200);
  assert.equal((await range('bytes=0-1', { 'If-None-Match': tag })).status, 304);
});

test('download=1 saves instead of shows', async () => {
  const picture = await client.asset(png(), { filename: 'fox.png' });
  assert.match((await client.get(picture.url)).headers['content-disposition'], /^inline; filename="fox.png"/);
  assert.match((await client.get(`${picture.url}?download=1`)).headers['content-disposition'], /^attachment; filename="fox.png"/);
  assert.match((await client.get(`${picture.url}?download=0&userId=x`)).headers['content-disposition'], /^inline/);
  assert.deepEqual((await client.get(`${picture.url}?colour=1`)).fields, ['colour']);
  assert.deepEqual((await client.get(`${picture.url}?download=1&download=0`)).fields, ['download']);
});

test('a large file arrives whole, also on a connection that is used again', async () => {
  const large = noise(9 << 20);
  const { url } = await client.asset(large);
  for (let i = 0; i < 3; i++) assert.ok((await client.get(url)).body.equals(large));
  assert.ok((await client.get(url, { headers: { Range: 'bytes=1000000-8000000' } })).body.equals(large.subarray(1_000_000, 8_000_001)));
});

test('content takes no other method', async () => {
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    const answer = await client.call(method, path, { json: {} });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS');
  }
});

const sign = async (id, json = {}) => {
  const answer = await client.post(`/v1/assets/${id}/url`, json);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

test('a signed URL works by itself', async () => {
  const { url, expiresAt } = await sign(asset.id);
  const left = Date.parse(expiresAt) - Date.now();
  assert.ok(left > 3_590_000 && left <= 7_200_000, `${left} ms`);
  assert.equal(Date.parse(expiresAt) % 3_600_000, 0, 'on the grid of an hour');
  assert.equal((await sign(asset.id)).url, url, 'the same within the hour, for caches');
  const answer = await client.get(url, { headers: { Cookie: 'medialith=whatever', Origin: 'https://elsewhere.example' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, bytes);
  assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin');
  assert.equal((await client.head(url)).status, 200);
  const part = await client.get(url, { headers: { Range: 'bytes=0-9' } });
  assert.equal(part.status, 206);
  assert.deepEqual(part.body, bytes.subarray(0, 10));
  assert.equal((await client.get(url, { headers: { 'If-None-Match': answer.headers.etag } })).status, 304);
});

test('a signed URL lives as long as is asked for, up to 7 days', async () => {
  for (const expiresIn of [1, 60, 604_800]) {
    const begun = Date.now();
    const { url, expiresAt } = await sign(asset.id, { expiresIn });
    const signed = Date.parse(expiresAt) - expiresIn * 1000; // in whole seconds
    assert.ok(signed > begun - 1000 && signed <= Date.now() + 1000, `${signed - begun} ms`);
    if (expiresIn > 1) assert.equal((await client.get(url)).status, 200);
  }
  for (const expiresIn of [0, -1, 604_801, 1.5, '60', null]) {
    const answer = await client.post(`/v1/assets/${asset.id}/url`, { expiresIn });
    assert.equal(answer.status, 400, `${expiresIn}`);
    assert.deepEqual(answer.fields, ['expiresIn']);
  }
  assert.deepEqual((await client.post(`/v1/assets/${asset.id}/url`, { download: 'yes', forever: true })).fields, ['download', 'forever']);
  assert.equal((await client.post(`/v1/assets/${asset.id}/url`, {}, { type: 'text/plain' })).status, 415);
  assert.equal((await client.post(`/v1/assets/${asset.id}/url`, `{"download":${' '.repeat(70_000)}true}`)).status, 413);
});

test('a signed URL can ask for a download', async () => {
  const picture = await client.asset(png(), { filename: 'fox.png' });
  const { url } = await sign(picture.id, { download: true });
  assert.match((await client.get(url)).headers['content-disposition'], /^attachment/);
  assert.match((await client.get((await sign(picture.id, { download: false })).url)).headers['content-disposition'], /^inline/);
});

test('a signed URL that was changed is refused, whoever asks', async () => {
  const { url } = await sign(asset.id, { expiresIn: 600 });
  const other = await client.asset(noise(10));
  const [base, query] = url.split('?');
  const parameters = query.split('&');
  const [exp, epoch, sig] = parameters;
  const changed = [
    ...parameters.map((_, i) => parameters.toSpliced(i, 1).join('&')), // one left out
    ...parameters.map((parameter) => `${query}&${parameter}`), // one twice
    ...parameters.map((parameter) => parameter.replace(/.$/, (c) => (c === '1' ? '2' : '1')), ).map((parameter, i) => parameters.with(i, parameter).join('&')),
    parameters.toReversed().join('&'), [epoch, exp, sig].join('&'), `${query}&download=1`, `${exp}&${epoch}&download=1&${sig}`, `userId=x&${query}`, `${query}&userId=x`, `${query}&x=1`,
    query.replace('exp=', 'exp=0'), query.replace('exp=', 'exp=+'), query.replace('exp=', 'exp=%30'), query.replace('sig=', 'sig=%20'), `${query}=`, `${query}%3D`, `${query}&`, `&${query}`, query.slice(0, -1), query.slice(0, -20),
    `${exp}&${epoch}&sig=`, 'sig=abc', `${exp}&${epoch}`, query.replace('sig=', 'SIG='), query.replace('&', ';'),
  ];
  let refusal;
  for (const changedQuery of new Set(changed)) {
    assert.notEqual(changedQuery, query);
    const answer = await client.get(`${base}?${changedQuery}`);
    assert.equal(answer.status, 403, changedQuery);
    const { requestId, ...body } = answer.json;
    assert.deepEqual(body, (refusal ??= body), 'one answer for all of them');
  }
  assert.equal(refusal.code, 'INVALID_SIGNATURE');
  assert.equal((await client.get(`${other.url}?${query}`)).status, 403, 'of another asset');
  assert.equal((await client.get(`/v1/assets/none/content?${query}`)).status, 403, 'of none');
  assert.equal((await client.get(`/v1/assets/${asset.id}?${query}`)).status, 400, 'for its description');
  assert.equal((await client.post(url, {})).status, 405);
  assert.equal((await client.get(url)).status, 200, 'the URL itself still works');
});

test('a signed URL ends', async () => {
  const { url, expiresAt } = await sign(asset.id, { expiresIn: 1 });
  const refused = await until('the URL to end', async () => {
    const answer = await client.get(url);
    return answer.status === 200 ? null : answer;
  }, 5000);
  assert.equal(refused.status, 403);
  assert.equal(refused.code, 'INVALID_SIGNATURE');
  assert.ok(Date.now() >= Date.parse(expiresAt) - 50, 'not before its time');
});

test('deletion hides a signed URL, restoring serves it again', async () => {
  const generation = await client.generation();
  const own = await client.asset(noise(64), { generationId: generation.id });
  const { url } = await sign(own.id, { expiresIn: 600 });
  for (const [gone, back] of [[`/v1/assets/${own.id}`, `/v1/assets/${own.id}/restore`], [`/v1/generations/${generation.id}`, `/v1/generations/${generation.id}/restore`]]) {
    assert.equal((await client.delete(gone)).status, 204);
    assert.equal((await client.get(url)).status, 404);
    assert.equal((await client.post(back)).status, 200);
    assert.equal((await client.get(url)).status, 200);
  }
});

test('sign= fills usable URLs for a whole page', async () => {
  const generation = await client.generation();
  const own = await client.asset(png(), { generationId: generation.id });
  const [listed] = (await client.get('/v1/generations?limit=1&sign=600')).json.items;
  const [alone] = (await client.get('/v1/assets?limit=1&sign=600')).json.items;
  assert.equal(alone.id, own.id);
  for (const url of [listed.assets[0].url, alone.url]) {
    assert.match(url, /[?&]sig=/);
    assert.equal((await client.get(url)).status, 200);
  }
  assert.doesNotMatch((await client.get('/v1/assets?limit=1')).json.items[0].url, /sig=/);
  for (const seconds of ['0', '-5', '604801', 'x', '']) {
    for (const list of ['assets', 'generations']) assert.deepEqual((await client.get(`/v1/${list}?sign=${seconds}`)).fields, ['sign'], seconds);
  }
});

test('a signed URL survives a restart, and no other server believes it', async (t) => {
  const own = await Server.forTest(t);
  const made = await own.client.asset(noise(10));
  const { url } = (await own.client.post(`/v1/assets/${made.id}/url`, { expiresIn: 600 })).json;
  await own.restart();
  assert.equal((await own.client.get(url)).status, 200);
  assert.equal((await client.get(url)).status, 403);
});

test('with a public URL, links begin with it', async (t) => {
  const own = await Server.forTest(t, { variables: { MEDIALITH_PUBLIC_URL: 'http://media.localhost:8080/' } });
  const made = await own.client.asset(noise(10));
  assert.equal(made.url, `http://media.localhost:8080/v1/assets/${made.id}/content`);
  const { url } = (await own.client.post(`/v1/assets/${made.id}/url`, {})).json;
  assert.ok(url.startsWith(`${made.url}?`));
  assert.equal((await own.client.get(url.slice('http://media.localhost:8080'.length))).status, 200);
});
