// Uploads as multipart/form-data.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { noise, png } from './fixtures.mjs';
import { Server, until } from './harness.mjs';

const server = new Server({ variables: { MEDIALITH_MAX_FILE_SIZE: '2MiB' } });
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const BOUNDARY = '----boundary';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const part = (head, bytes) => Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
const file = (bytes, filename = 'a.png', type = 'image/png') => part(`Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: ${type}`, bytes);
const field = (name, value) => part(`Content-Disposition: form-data; name="${name}"`, value);
const form = (...parts) => Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
const post = (body, { type = TYPE, path = '/v1/uploads', ...options } = {}) => client.call('POST', path, { body, type, ...options });

const leavesNothing = async (action) => {
  const files = server.blobFiles();
  await action();
  await server.nothingUnderWay();
  assert.deepEqual(server.blobFiles(), files);
};

test('a browser\'s own form', async () => {
  const data = new FormData();
  const bytes = png(30, 20);
  const { id } = await client.generation();
  data.append('generationId', id);
  data.append('file', new Blob([bytes], { type: 'image/png' }), 'Füchse "neu".png');
  const request = new Request(`${server.url}/v1/uploads`, { method: 'POST', body: data });
  const answer = await post(Buffer.from(await request.arrayBuffer()), { type: request.headers.get('content-type') });
  assert.equal(answer.status, 201, answer.text);
  const { filename, generationId, contentType, width, sha256 } = answer.json;
  assert.deepEqual([filename, generationId, contentType, width], ['Füchse %22neu%22.png', id, 'image/png', 30]);
  assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('fields may stand before the file or behind it', async () => {
  const { id } = await client.generation();
  for (const parts of [(bytes) => [field('generationId', id), file(bytes)], (bytes) => [file(bytes), field('generationId', id)]]) {
    const answer = await post(form(...parts(png())));
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json.generationId, id);
  }
  assert.equal((await client.get(`/v1/generations/${id}`)).json.assets.length, 2);
  assert.equal((await post(form(field('userId', 'somebody'), file(png())))).status, 201);
});

test('a home that is not there is 404 on either side of the file', async () => {
  for (const parts of [[field('generationId', 'none'), file(png())], [file(png()), field('generationId', 'none')]]) {
    await leavesNothing(async () => {
      const answer = await post(form(...parts));
      assert.equal(answer.status, 404);
      assert.deepEqual(answer.fields, ['generationId']);
    });
  }
});

test('what the form must not be', async () => {
  const { id } = await client.generation();
  const rows = [
    [form(field('colour', 'red'), file(png())), ['colour']], [form(file(png()), field('colour', 'red')), ['colour']],
    [form(field('generationId', id)), ['file']], [form(), ['file']], [form(file(png()), file(png())), ['file']],
    [form(field('generationId', id), field('generationId', id), file(png())), ['generationId']],
    [form(field('generationId', id), file(png()), field('generationId', id)), ['generationId']],
    [form(field('generationId', 'x'.repeat(2000)), file(png())), ['generationId']],
    [form(file(png(), 'x'.repeat(256))), ['filename']],
  ];
  for (const [body, fields] of rows) {
    await leavesNothing(async () => {
      const answer = await post(body);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(answer.fields, fields);
    });
  }
});

test('a form carries its fields itself, not the query', async () => {
  for (const name of ['filename', 'generationId']) {
    const answer = await post(form(file(png())), { path: `/v1/uploads?${name}=x` });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.fields, [name]);
  }
});

test('malformed forms are refused and leave nothing', async () => {
  const whole = form(file(png()));
  const rows = [
    [whole.subarray(0, whole.length - 10), TYPE], [whole, 'multipart/form-data'], [whole, 'multipart/form-data; boundary='], [whole, `multipart/form-data; boundary=${'x'.repeat(71)}`],
    [whole, 'multipart/form-data; boundary=other'], [Buffer.alloc(0), TYPE], [Buffer.from('no form at all'), TYPE],
    [form(part('Content-Type: image/png', png())), TYPE], [form(part(`Content-Disposition: form-data; name="file"; filename="x"\r\nX-Long: ${'y'.repeat(9000)}`, png())), TYPE],
    [form(...Array.from({ length: 70 }, () => field('userId', 'x')), file(png())), TYPE],
  ];
  for (const [body, type] of rows) {
    await leavesNothing(async () => {
      const answer = await post(body, { type });
      assert.ok(answer.status === 400 || answer.status === 415, `${answer.status} ${answer.text}`);
    });
  }
});

test('names in every spelling', async () => {
  const named = async (disposition) => {
    const answer = await post(form(part(`Content-Disposition: form-data; name="file"; ${disposition}`, noise(30))));
    return answer.status === 201 ? answer.json.filename : answer.status;
  };
  assert.equal(await named('filename=plain.png'), 'plain.png');
  assert.equal(await named('filename="with \\"quotes\\".png"'), 'with "quotes".png');
  assert.equal(await named('filename="100%25.png"'), '100%25.png');
  assert.equal(await named("filename=\"ascii.png\"; filename*=UTF-8''F%C3%BCchse%F0%9F%A6%8A.png"), 'Füchse🦊.png');
  assert.equal(await named('filename="Füchse.png"'), 'Füchse.png');
  assert.equal(await named('filename="\u202egnp.exe"'), '\u202egnp.exe');
  assert.equal(await named('filename=""'), null);
  for (const disposition of ['filename="a%0D%0Ab.png"', "filename*=UTF-8''a%0Db.png", 'filename="a\x01b.png"', "filename*=UTF-8''a%00b.png"]) {
    const result = await named(disposition);
    assert.ok(result === 400 || (typeof result === 'string' && !/[\x00-\x1f\x7f]/.test(result)), `${disposition}: ${JSON.stringify(result)}`);
  }
});

test('bytes survive however the body is cut', async () => {
  // The file holds what looks like the beginning of the boundary.
  const bytes = Buffer.concat([Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n\r--\n`), noise(3000), Buffer.from(`\r\n--${BOUNDARY.slice(0, 4)}`)]);
  const body = form(file(bytes, 'cut.bin', 'application/octet-stream'));
  const digest = createHash('sha256').update(bytes).digest('hex');
  for (const size of [1, 2, 7, 61, body.length - 1]) {
    const wire = await server.socket();
    wire.socket.setNoDelay(true);
    wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let at = 0; at < body.length; at += size) {
      const piece = body.subarray(at, at + size);
      wire.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
    }
    wire.write('0\r\n\r\n');
    const [answer] = await wire.answered(1);
    assert.ok(answer.status === 201 || answer.status === 200, answer.body.toString());
    assert.equal(JSON.parse(answer.body).sha256, digest, `pieces of ${size}`);
    wire.close();
  }
});

test('the size limit is the file\'s, not the form\'s', async () => {
  const largest = await post(form(file(noise(2 << 20))));
  assert.equal(largest.status, 201, largest.text);
  await leavesNothing(async () => {
    const answer = await post(form(file(noise((2 << 20) + 1)))).catch((error) => error);
    if (!(answer instanceof Error)) assert.equal(answer.status, 413);
    const wire = await server.socket();
    wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${TYPE}\r\nContent-Length: ${1 << 30}\r\n\r\n`);
    const [refused] = await wire.answered(1);
    assert.equal(refused.status, 413);
    wire.close();
  });
});

test('a form that is cut behind its file leaves nothing', async () => {
  const body = form(file(noise(1 << 20)), field('userId', 'x'));
  await leavesNothing(async () => {
    const wire = await server.socket();
    wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`);
    wire.write(body.subarray(0, -20));
    await until('the upload to have begun', async () => (await server.underWay()).length > 0);
    wire.reset();
  });
});
