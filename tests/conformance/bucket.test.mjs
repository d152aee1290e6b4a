// A server whose files lie in a bucket of a real gateway: what a client and an operator see of that.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { noise, png } from '../http/fixtures.mjs';
import { Server, run, temporaryFolder } from '../http/harness.mjs';
import { bucketVariables, start as startGateway } from '../servers/rgw.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let gateway;
before(async () => { gateway = await startGateway(); });
after(() => gateway.stop());

/** What a server over the bucket is told; `prefix` makes it one that no other test has. */
const variables = (prefix, more = {}) => ({ ...bucketVariables(gateway, 'media', prefix), ...more });
const serve = (t, prefix, more) => Server.forTest(t, { variables: variables(prefix, more) });

test('files of any size go in and come out, wholly and by ranges', async (t) => {
  const { client } = await serve(t, 'sizes');
  for (const size of [0, 1, 70_000, 20_000_001]) {
    const bytes = noise(size);
    const asset = await client.asset(bytes, { filename: 'data.bin' });
    assert.equal(asset.size, size);
    assert.equal(asset.sha256, sha256(bytes));
    const whole = await client.get(asset.url);
    assert.equal(whole.status, 200);
    assert.equal(sha256(whole.body), asset.sha256);
    if (size < 2) continue;
    const part = await client.get(asset.url, { headers: { Range: `bytes=10-${size - 5}` } });
    assert.equal(part.status, 206);
    assert.equal(sha256(part.body), sha256(bytes.subarray(10, size - 4)));
  }
});

test('a large picture is described as on disk', async (t) => {
  const { client } = await serve(t, 'pictures');
  const picture = Buffer.concat([png(640, 480), noise(9_000_000)]);
  const asset = await client.asset(picture, { filename: 'large.png' });
  assert.equal(asset.contentType, 'image/png');
  assert.deepEqual([asset.width, asset.height], [640, 480]);
});

test('downloads are redirected to the bucket when told so, as inert as from here', async (t) => {
  const { client } = await serve(t, 'redirects', { MEDIALITH_DOWNLOADS: 'redirect' });
  const bytes = png(20, 10);
  const page = Buffer.from('<html><script>alert(1)</script></html>');
  for (const [sent, filename, type, disposition] of [[bytes, 'ä.png', 'image/png', /^inline/], [page, 'page.html', 'application/octet-stream', /^attachment/]]) {
    const asset = await client.asset(sent, { filename });
    const answer = await client.get(asset.url);
    assert.equal(answer.status, 302);
    assert.match(answer.headers['cache-control'], /^private, max-age=\d+$/);
    const { location } = answer.headers;
    assert.ok(location.startsWith(`${gateway.endpoint}/media/redirects/users/`), location);
    assert.equal((await client.get(asset.url)).headers.location, location, 'one that caches know again');
    const fetched = await fetch(location);
    assert.equal(fetched.status, 200);
    assert.equal(fetched.headers.get('content-type'), type);
    assert.match(fetched.headers.get('content-disposition'), disposition);
    assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), sent);
    // A URL that is signed for GET is none for HEAD, and what is known already needs no trip.
    const head = await client.head(asset.url);
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], `${sent.length}`);
    assert.equal((await client.get(asset.url, { headers: { 'If-None-Match': `"${asset.sha256}"` } })).status, 304);
    assert.equal((await fetch(location.replace(/Signature=.{4}/, 'Signature=0000'))).status, 403);
  }
});

test('a bucket and a database that do not belong together are refused', async (t) => {
  const server = await serve(t, 'one');
  await serve(t, 'two');
  await server.stop();
  for (const [prefix, what] of [['two', /belongs to store .* files are of store/], ['empty', /its files are not here/]]) {
    const refused = run(['serve', '--listen', '127.0.0.1:0', '--data', server.data], { variables: variables(prefix) });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, what);
  }
  await server.start();
});

test('a start that cannot use the bucket says what to mend', async (t) => {
  const words = ['serve', '--listen', '127.0.0.1:0', '--data', temporaryFolder(t)];
  for (const [changes, what] of [
    [{ S3_BUCKET: 'not-there', S3_CREATE_BUCKET: 'false' }, /no bucket `not-there`.*S3_CREATE_BUCKET/],
    [{ S3_SECRET_KEY: 'wrong' }, /refuses the keys/],
    [{ S3_BUCKET: '' }, /set S3_BUCKET/],
    [{ S3_ENDPOINT: 'minio' }, /`minio` is no address/],
  ]) {
    const refused = run(words, { variables: variables('x', changes) });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, what);
  }
});

test('doctor tries the bucket, and opens it to the allowed origins when told to', async (t) => {
  const data = temporaryFolder(t);
  const told = variables('doctor', { S3_BUCKET: 'for-doctor', MEDIALITH_ALLOWED_ORIGINS: 'https://app.example' });
  const look = (...words) => run(['doctor', '--data', data, ...words], { variables: told }).stdout;
  const first = look();
  assert.match(first, /ok +probe +the bucket was made; an object was written and read back/);
  assert.match(first, /conditional put +yes/);
  assert.match(first, /careful +CORS .*https:\/\/app\.example.*--apply-cors/);
  assert.match(look('--apply-cors'), /ok +CORS +added: origins https:\/\/app\.example/);
  assert.match(look(), /ok +CORS +browsers of the allowed origins may read and write/);
  const preflight = await fetch(`${gateway.endpoint}/for-doctor/doctor/users/x`, {
    method: 'OPTIONS', headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'content-type' },
  });
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example');
});
