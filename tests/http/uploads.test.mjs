// Bytes on their way in: raw bodies, types, names, homes, duplicates, limits, cuts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gif, jpeg, noise, png, webp } from './fixtures.mjs';
import { Server, until } from './harness.mjs';

const server = new Server({ variables: { MEDIALITH_MAX_FILE_SIZE: '4MiB' } });
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const LIMIT = 4 << 20;
const sha256 = (bytes, encoding = 'hex') => createHash('sha256').update(bytes).digest(encoding);
const content = async (asset) => (await client.get(`/v1/assets/${asset.id}/content`)).body;

/** Fails when the upload left anything behind. */
const leavesNothing = async (action) => {
  const files = server.blobFiles();
  const assets = await client.all('/v1/assets');
  await action();
  await server.nothingUnderWay();
  assert.deepEqual(server.blobFiles(), files);
  assert.deepEqual(await client.all('/v1/assets'), assets);
};

test('raw bytes become an asset with everything that is known of them', async () => {
  const bytes = png(640, 480);
  const answer = await client.upload(bytes, { query: { filename: 'fox.png' }, type: 'image/png' });
  assert.equal(answer.status, 201);
  const { id, createdAt, updatedAt, ...rest } = answer.json;
  assert.match(id, /^img_[a-z2-7]{26}$/);
  assert.deepEqual(rest, {
    generationId: null, kind: 'image', state: 'ready', visibility: 'normal', filename: 'fox.png', contentType: 'image/png', size: bytes.length,
    sha256: sha256(bytes), width: 640, height: 480, duration: null, url: `/v1/assets/${id}/content`, externalUrl: null, version: 1, deletedAt: null,
  });
  assert.equal(createdAt, updatedAt);
  assert.equal(answer.headers.location, `/v1/assets/${id}`);
  assert.equal(answer.headers.etag, '"1"');
  assert.deepEqual((await client.get(answer.headers.location)).json, answer.json);
  assert.deepEqual(await content(answer.json), bytes);
});

test('the bytes lie in a file of their own, under the owner', async () => {
  const bytes = noise(3000);
  const before = new Set(server.blobFiles());
  await client.asset(bytes);
  const [file, ...more] = server.blobFiles().filter((name) => !before.has(name));
  assert.deepEqual(more, []);
  assert.match(file, /^users\/[0-9a-f-]{36}\/\d{4}\/\d\d\/[0-9a-f-]{36}\.bin$/);
  assert.deepEqual(server.blobBytes(file), bytes);
});

test('width and height of PNG, JPEG, GIF and WebP', async () => {
  for (const [make, type] of [[png, 'image/png'], [jpeg, 'image/jpeg'], [gif, 'image/gif'], [webp, 'image/webp']]) {
    for (const [width, height] of [[1, 1], [640, 480], [16000, 3]]) {
      const asset = await client.asset(make(width, height));
      assert.deepEqual([asset.contentType, asset.width, asset.height, asset.kind], [type, width, height, 'image']);
    }
  }
});

test('the type comes from the bytes, whatever the client says', async () => {
  const rows = [
    [png(), 'text/html', 'page.html', 'image/png', 'image'], [Buffer.from('<!DOCTYPE html><script>alert(1)</script>'), 'image/png', 'x.png', 'text/html', 'file'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'image/png', 'x.svg', 'image/svg+xml', 'file'],
    [Buffer.from('%PDF-1.7\n%âãÏÓ\n'), 'image/jpeg', 'x.jpg', 'application/pdf', 'file'], [Buffer.from('some words'), 'text/plain', undefined, 'text/plain', 'file'],
    [Buffer.from('{"a":1}'), 'application/json', 'a.json', 'application/json', 'file'], [noise(64), 'video/mp4', 'x.mp4', 'application/octet-stream', 'file'],
    [Buffer.from('ID3\x04\0\0\0\0\0\0' + '\xff\xfb\x90\0'.repeat(100), 'latin1'), undefined, undefined, 'audio/mpeg', 'audio'],
    [Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), noise(100)]), undefined, 'clip.mov', 'video/mp4', 'video'],
  ];
  for (const [bytes, type, filename, expected, kind] of rows) {
    const asset = await client.upload(bytes, { type, query: filename === undefined ? {} : { filename } });
    assert.equal(asset.status, 201, asset.text);
    assert.deepEqual([asset.json.contentType, asset.json.kind], [expected, kind], `${type} ${filename}`);
    assert.match(asset.json.id, { image: /^img_/, video: /^vid_/, audio: /^aud_/, file: /^file_/ }[kind]);
  }
});

test('what a browser could run is served inert', async () => {
  const rows = ['<!DOCTYPE html><script>alert(2)</script>', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(2)"/>', '%PDF-1.4\n% 2', '<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"/>'];
  for (const text of rows) {
    const asset = await client.asset(Buffer.from(text), { filename: 'innocent.png' });
    for (const path of [asset.url, (await client.post(`/v1/assets/${asset.id}/url`, {})).json.url]) {
      const { headers } = await client.get(path);
      assert.equal(headers['content-type'], 'application/octet-stream', text);
      assert.match(headers['content-disposition'], /^attachment;/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(headers['content-security-policy'], /^sandbox; default-src 'none'$/);
    }
  }
  const picture = await client.get((await client.asset(png())).url);
  assert.match(picture.headers['content-disposition'], /^inline/);
  assert.match(picture.headers['content-security-policy'], /sandbox/);
});

test('a file name is text for people', async () => {
  const kept = ['fox.png', '../../etc/passwd', 'C:\\boot.ini', 'ein Fuchs 🦊.png', 'a"b;c=d.png', '\u202egnp.exe', '.', '..', '%2e%2e%2f', 'x'.repeat(255), 'ü'.repeat(127)];
  for (const filename of kept) {
    const asset = await client.asset(noise(20), { filename });
    assert.equal(asset.filename, filename);
    const { headers } = await client.get(asset.url);
    const disposition = headers['content-disposition'];
    assert.match(disposition, /^[\x20-\x7e]+$/, 'one line of ASCII');
    const star = /filename\*=UTF-8''([^;]+)/.exec(disposition);
    if (/[^\x20-\x7e]/.test(filename)) assert.ok(star !== null, disposition);
    if (star !== null) assert.equal(decodeURIComponent(star[1]), filename);
    assert.doesNotMatch(/filename="((?:[^"\\]|\\.)*)"/.exec(disposition)[1], /[/\\]/, 'no path for whoever saves it');
  }
  for (const filename of ['', 'x'.repeat(256), 'ü'.repeat(128), 'a\r\nX-Evil: 1', 'a\tb', 'a\x7fb', 'a\0b']) {
    await leavesNothing(async () => {
      const answer = await client.upload(noise(20), { query: { filename } });
      assert.equal(answer.status, 400, JSON.stringify(filename));
    });
  }
  const [blob] = server.blobFiles().filter((file) => /passwd|boot/.test(file));
  assert.equal(blob, undefined);
});

test('a JSON body is a file only when it is given a name', async () => {
  const body = Buffer.from('{"size":1}');
  const answer = await client.upload(body, { type: 'application/json' });
  assert.equal(answer.status, 415);
  assert.equal((await client.upload(body, { type: 'application/json', query: { filename: 'a.json' } })).status, 201);
});

test('an empty file is a file', async () => {
  const asset = await client.asset(Buffer.alloc(0), { filename: 'empty' });
  assert.equal(asset.size, 0);
  assert.equal(asset.sha256, sha256(''));
  const read = await client.get(asset.url);
  assert.equal(read.status, 200);
  assert.equal(read.body.length, 0);
});

test('a file joins the generation that is named', async () => {
  const generation = await client.generation();
  const asset = await client.asset(png(), { generationId: generation.id, filename: 'joined.png' });
  assert.equal(asset.generationId, generation.id);
  const now = (await client.get(`/v1/generations/${generation.id}`)).json;
  assert.deepEqual(now.assets, [asset]);
  assert.equal(now.version, 2, 'a generation that shows another file is another version');
});

test('a home that is not there is 404, and nothing is kept', async () => {
  const { id } = await client.generation();
  await client.delete(`/v1/generations/${id}`);
  for (const generationId of ['none', id, '', 'a b', 'x'.repeat(500)]) {
    await leavesNothing(async () => {
      const answer = await client.upload(noise(50), { query: { generationId } });
      assert.equal(answer.status, 404, generationId);
      assert.deepEqual(answer.fields, ['generationId']);
    });
  }
});

test('the same bytes again', async () => {
  const bytes = png();
  const [home, other] = [await client.generation(), await client.generation()];
  const first = await client.asset(bytes, { generationId: home.id, filename: 'first.png' });
  const again = async (query, status, id) => {
    const answer = await client.upload(bytes, { query });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json.duplicate, status === 200 ? true : undefined);
    if (id !== undefined) assert.equal(answer.json.id, id);
    return answer.json;
  };
  const files = server.blobFiles().length;
  await again({ generationId: home.id, filename: 'second.png' }, 200, first.id);
  await again({}, 200, first.id);
  assert.equal(server.blobFiles().length, files);
  const elsewhere = await again({ generationId: other.id }, 201);
  assert.notEqual(elsewhere.id, first.id);
  assert.equal(server.blobFiles().length, files + 1, 'a blob of its own');
  await client.delete(`/v1/assets/${first.id}`);
  assert.deepEqual(await content(elsewhere), bytes);
  const restored = await again({ generationId: home.id }, 200, first.id);
  assert.equal(restored.deletedAt, null);
  assert.deepEqual(await content(first), bytes);
});

test('the same bytes in the trash come back', async () => {
  const bytes = noise(500);
  const first = await client.asset(bytes);
  await client.delete(`/v1/assets/${first.id}`);
  assert.equal((await client.get(first.url)).status, 404);
  const answer = await client.upload(bytes);
  assert.equal(answer.status, 200);
  assert.equal(answer.json.id, first.id);
  assert.equal((await client.get(first.url)).status, 200);
});

test('many uploads of the same bytes at once make one asset', async () => {
  const bytes = noise(100_000);
  const files = server.blobFiles().length;
  const answers = await Promise.all(Array.from({ length: 12 }, () => client.upload(bytes)));
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1);
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(server.blobFiles().length, files + 1);
});

test('a declared digest is compared', async () => {
  const bytes = noise(5000);
  const wrong = sha256(noise(10), 'base64');
  for (const name of ['Repr-Digest', 'Content-Digest']) {
    await leavesNothing(async () => {
      const answer = await client.upload(bytes, { headers: { [name]: `sha-256=:${wrong}:` } });
      assert.equal(answer.status, 400);
      assert.equal(answer.code, 'DIGEST_MISMATCH');
      for (const value of ['sha-256=:x:', `sha-256=:${wrong}`, 'sha-256=:AAAA:']) {
        const malformed = await client.upload(bytes, { headers: { [name]: value } });
        assert.equal(malformed.status, 400);
        assert.deepEqual(malformed.fields, [name]);
      }
    });
  }
  const right = await client.upload(bytes, { headers: { 'Repr-Digest': `sha-512=:AAAA:, sha-256=:${sha256(bytes, 'base64')}:` } });
  assert.equal(right.status, 201);
});

test('over the size limit is 413: before a byte when the length is known, else while reading', async () => {
  const largest = await client.upload(noise(LIMIT));
  assert.equal(largest.status, 201);
  await leavesNothing(async () => {
    for (const length of [LIMIT + 1, LIMIT * 1000]) {
      const wire = await server.socket();
      wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
      const [answer] = await wire.answered(1);
      server.contract.check({ method: 'POST', path: '/v1/uploads', ...answer });
      assert.equal(answer.status, 413);
      wire.close();
    }
    const chunked = await client.upload(noise(LIMIT + 1), { chunked: true }).catch((error) => error);
    // Node may see the connection close before it has read the answer; what counts then is the raw socket below.
    if (!(chunked instanceof Error)) assert.equal(chunked.status, 413);
    const wire = await server.socket();
    wire.write('POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let sent = 0; sent <= LIMIT; sent += 1 << 20) wire.write(Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20), Buffer.from('\r\n')]));
    const [answer] = await wire.answered(1);
    assert.equal(answer.status, 413);
    assert.match(JSON.parse(answer.body).code, /^(FILE|BODY)_TOO_LARGE$/);
    wire.close();
  });
});

test('a body of unknown length is taken in chunks', async () => {
  const bytes = noise(700_000);
  const answer = await client.upload(bytes, { chunked: true });
  assert.equal(answer.status, 201);
  assert.equal(answer.json.sha256, sha256(bytes));
});

test('a cut body leaves nothing', async () => {
  const bytes = noise(2 << 20);
  for (const end of ['reset', 'close', 'finish']) {
    for (const framing of [`Content-Length: ${bytes.length}`, 'Transfer-Encoding: chunked']) {
      await leavesNothing(async () => {
        const wire = await server.socket();
        wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n\r\n`);
        if (framing.startsWith('T')) wire.write('100000\r\n');
        wire.write(bytes.subarray(0, 1 << 20));
        await until('the upload to have begun', async () => (await server.underWay()).length > 0);
        if (end === 'reset') wire.reset();
        if (end === 'close') wire.close();
        if (end === 'finish') {
          wire.socket.end();
          const [answer] = await wire.answered(1);
          assert.equal(answer.status, 400);
          assert.equal(JSON.parse(answer.body).code, 'LENGTH_MISMATCH');
          wire.close();
        }
      });
    }
  }
});

test('bytes behind the declared length are the next request', async () => {
  const bytes = noise(10);
  const answers = await server.exchange(
    Buffer.concat([Buffer.from(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes, Buffer.from('BEHIND')]),
    [{ method: 'POST', path: '/v1/uploads' }],
  ).catch(() => null);
  const wire = await server.socket();
  wire.write(Buffer.concat([Buffer.from(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes, Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')]));
  await wire.closed();
  const [upload, health] = wire.answers();
  assert.ok(upload.status === 201 || upload.status === 200);
  assert.equal(JSON.parse(upload.body).sha256, sha256(bytes));
  assert.equal(health.status, 200);
  assert.ok(answers === null || answers[0].status === 201);
});

test('100-continue is sent when the body is wanted, and not when it is refused', async () => {
  const bytes = noise(1000);
  const ask = async (length, query = '') => {
    const wire = await server.socket();
    wire.write(`POST /v1/uploads${query} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`);
    await until('an answer', () => wire.received.includes('\r\n\r\n'));
    return wire;
  };
  const wanted = await ask(bytes.length);
  assert.match(wanted.received.toString(), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  wanted.write(bytes);
  assert.equal((await wanted.answered(1))[0].status, 201);
  wanted.close();
  for (const [length, query, status] of [[LIMIT * 2, '', 413], [10, '?colour=red', 400], [10, '?filename=', 400]]) {
    const refused = await ask(length, query);
    assert.match(refused.received.toString(), new RegExp(`^HTTP/1\\.1 ${status} `));
    refused.close();
  }
});

test('only the allowed types are kept', async (t) => {
  const own = await Server.forTest(t, { variables: { MEDIALITH_ALLOWED_TYPES: 'image/*, text/plain' } });
  assert.equal((await own.client.upload(png())).status, 201);
  assert.equal((await own.client.upload(Buffer.from('words'))).status, 201);
  for (const bytes of [noise(30), Buffer.from('<html><body>'), Buffer.from('%PDF-1.4')]) {
    const answer = await own.client.upload(bytes, { type: 'image/png', query: { filename: 'x.png' } });
    assert.equal(answer.status, 415);
    assert.equal(answer.code, 'UNSUPPORTED_MEDIA_TYPE');
  }
  assert.equal(own.blobFiles().length, 2);
  await own.nothingUnderWay();
});

test('an asset is deleted and restored by itself', async () => {
  const generation = await client.generation();
  const asset = await client.asset(png(), { generationId: generation.id });
  const path = `/v1/assets/${asset.id}`;
  const stale = await client.delete(path, { ifMatch: '"7"' });
  assert.equal(stale.status, 412);
  assert.deepEqual(stale.json.details.current, asset);
  assert.equal((await client.delete(path, { ifMatch: '"1"' })).status, 204);
  assert.equal((await client.get(path)).status, 404);
  assert.equal((await client.delete(path)).status, 404);
  const without = (await client.get(`/v1/generations/${generation.id}`)).json;
  assert.deepEqual(without.assets, []);
  const restored = await client.post(`${path}/restore`);
  assert.equal(restored.status, 200);
  assert.deepEqual(restored.json, { ...asset, version: restored.json.version, updatedAt: restored.json.updatedAt });
  assert.equal((await client.post(`${path}/restore`)).status, 200);
  const back = (await client.get(`/v1/generations/${generation.id}`)).json;
  assert.deepEqual(back.assets.map(({ id }) => id), [asset.id]);
  assert.ok(back.version > without.version);
  await client.delete(`/v1/generations/${generation.id}`);
  assert.equal((await client.post(`${path}/restore`)).status, 404, 'it comes back with its generation');
  for (const unknown of ['none', 'img_aaaaaaaaaaaaaaaaaaaaaaaaaa']) {
    assert.equal((await client.get(`/v1/assets/${unknown}`)).status, 404);
    assert.equal((await client.delete(`/v1/assets/${unknown}`)).status, 404);
    assert.equal((await client.post(`/v1/assets/${unknown}/restore`)).status, 404);
    assert.equal((await client.post(`/v1/assets/${unknown}/url`, {})).status, 404);
  }
});

test('an asset has an ETag', async () => {
  const asset = await client.asset(png());
  const first = await client.get(`/v1/assets/${asset.id}`);
  assert.equal((await client.get(`/v1/assets/${asset.id}`, { headers: { 'If-None-Match': first.headers.etag } })).status, 304);
  assert.equal((await client.get(`/v1/assets/${asset.id}`, { headers: { 'If-None-Match': '"other"' } })).status, 200);
  assert.equal((await client.head(`/v1/assets/${asset.id}`)).status, 200);
});
