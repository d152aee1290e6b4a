// A whole deployment, from one folder to another, while all kinds of things happen.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from '../crash/lib/server.mjs';
import { randomOf } from '../crash/lib/random.mjs';
import { Deployment, keepWriting } from './lib/deployment.mjs';
import { blobFiles, copied, copy, environmentFile, reportOf, startCopy } from './lib/copy.mjs';

const seed = process.env.SEED ?? randomBytes(4).toString('hex');
console.log(`seed ${seed} (SEED=${seed} runs the same)`);

/** Two places that are gone when the test is over; the source is filled and stopped. */
async function places(t, { items = 12 } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'medialith-copy-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const from = join(root, 'from');
  const to = join(root, 'to');
  const source = await Deployment.serve(from);
  for (let i = 0; i < items; i++) {
    const made = await source.generate({ prompt: `a heron, number ${i}`, metadata: { n: 1.5 }, cost: { amount: '0.0400', currency: 'USD' } });
    await source.upload(Buffer.from(`pixels of ${i}`), `heron-${i}.txt`, made);
  }
  await source.stop();
  return { root, from, to };
}

async function everythingOf(data) {
  const deployment = await Deployment.serve(data);
  try {
    return await deployment.everything();
  } finally {
    await deployment.stop();
  }
}

/** Changes one byte of a blob behind the server's back; its key. */
function flipByte(data, file = blobFiles(data)[0]) {
  const bytes = readFileSync(file);
  bytes[0] ^= 1;
  chmodSync(file, 0o600);
  writeFileSync(file, bytes);
  chmodSync(file, 0o400);
  return file.slice(file.indexOf('users/'));
}

async function refusedBy(data) {
  const server = await startServer({ data });
  if (server.port > 0) server.child.kill('SIGKILL');
  await server.closed;
  assert.equal(server.how, 1, server.output);
  return server.output;
}

test('a copy of a folder answers as the folder does', async (t) => {
  const { from, to } = await places(t);
  const report = await copied({ from, to });
  assert.equal(report.sent, 12);
  assert.equal(report.tables.generations.added, 12);
  assert.equal(readFileSync(join(to, 'secret.key'), 'utf8'), readFileSync(join(from, 'secret.key'), 'utf8'));
  assert.equal(statSync(join(to, 'secret.key')).mode & 0o777, 0o600);
  assert.notEqual(readFileSync(join(to, 'blobs/STORE_ID'), 'utf8'), readFileSync(join(from, 'blobs/STORE_ID'), 'utf8'));
  const [one, other] = [await everythingOf(from), await everythingOf(to)];
  assert.equal(one.generations.length, 12);
  assert.deepEqual(other, one);
});

test('a source that is written to is copied as it was at one moment, and the next run takes the rest', async (t) => {
  const { from, to } = await places(t, { items: 40 });
  const source = await Deployment.serve(from);
  t.after(() => source.server.child.kill('SIGKILL'));
  const before = await source.everything();
  const load = keepWriting(source, randomOf(seed));
  await copied({ from, to });
  await copied({ from, to });
  assert.ok((await load.stop()) > 0);

  const target = await everythingOf(to); // every file that is listed is served, with the SHA-256 of its row
  const ids = new Set(target.generations.map(({ id }) => id));
  for (const { id } of before.generations) assert.ok(ids.has(id), `${id} was there before the copy began`);
  assert.ok(target.assets.every(({ generationId }) => ids.has(generationId)), 'an asset without its generation');

  const now = await source.everything();
  await source.stop();
  const planned = await copy({ from, to, words: ['--dry-run'] });
  const report = await copied({ from, to });
  assert.deepEqual(reportOf(planned.stdout), report);
  assert.deepEqual(await everythingOf(to), now);
});

test('a second run copies only what has changed', async (t) => {
  const { from, to } = await places(t);
  await copied({ from, to });
  const nothing = await copied({ from, to });
  assert.deepEqual([nothing.added, nothing.changed, nothing.deleted, nothing.sent, nothing.there], [0, 0, 0, 0, 12]);

  const source = await Deployment.serve(from);
  const [first, second] = await source.list('/v1/generations');
  await source.call('PATCH', `/v1/generations/${first.id}`, { json: { prompt: 'an egret' } });
  await source.call('DELETE', `/v1/generations/${second.id}`, { status: 204 });
  await source.upload(Buffer.from('one more'), 'more.txt');
  await source.stop();
  const report = await copied({ from, to });
  assert.equal(report.sent, 1);
  assert.equal(report.there, 12);
  assert.deepEqual(report.tables.generations, { rows: 12, added: 0, changed: 2, deleted: 0 });
  assert.deepEqual(report.tables.assets, { rows: 13, added: 1, changed: 1, deleted: 0 });
  assert.ok(report.tables.changes.deleted > 0, 'a change that was replaced is gone');
  assert.deepEqual(await everythingOf(to), await everythingOf(from));
});

test('keys and logins come along, and go when they are gone', async (t) => {
  const { from, to } = await places(t, { items: 1 });
  const source = await Deployment.serve(from);
  const made = (await source.call('POST', '/v1/keys', { status: 201, json: { name: 'app', scopes: ['read'] } })).json();
  await copied({ from, to });
  const withKey = { headers: { Authorization: `Bearer ${made.key}` } };
  let target = await Deployment.serve(to);
  await target.call('GET', '/v1/assets', withKey);
  await target.stop();
  await source.call('DELETE', `/v1/keys/${made.id}`, { status: 204 });
  await source.stop();
  const report = await copied({ from, to });
  assert.equal(report.tables.api_keys.deleted, 1);
  target = await Deployment.serve(to);
  await target.call('GET', '/v1/assets', { ...withKey, status: 401 });
  await target.stop();
});

test('a run that was killed is gone on with, and no file is sent twice', async (t) => {
  const { root, from, to } = await places(t, { items: 60 });
  const random = randomOf(seed);
  let killed = 0;
  for (let there = 0; ; ) {
    const point = random.below(2) === 0 ? 'after_link' : 'after_commit';
    const at = point === 'after_link' ? 1 + random.below(15) : 1 + random.below(5);
    const target = environmentFile(join(root, 'to.env'), to, { MEDIALITH_TEST_FAULTS: `kill_at=${point}:${at}` });
    const { status, signal, stdout, stderr } = await copy({ from, to: target });
    if (status === 0) {
      const report = reportOf(stdout);
      assert.deepEqual([report.there, report.sent], [there, 60 - there]);
      break;
    }
    assert.equal(signal, 'SIGKILL', stderr + stdout);
    const files = blobFiles(to).length;
    assert.ok(files >= there, 'a file that was there is gone');
    there = files;
    // With all of them there the kill may have come behind the last commit.
    if (there > 0 && there < 60) assert.match(await refusedBy(to), /has not ended.*medialith copy/s);
    assert.ok(++killed < 200, 'no run ever ended');
  }
  assert.ok(killed > 0);
  t.diagnostic(`killed ${killed} times`);
  assert.deepEqual(await everythingOf(to), await everythingOf(from));
});

test('a run that is killed from outside is gone on with', async (t) => {
  const { from, to } = await places(t, { items: 60 });
  const random = randomOf(`${seed} outside`);
  for (let round = 0; round < 5; round++) {
    const { child, ended } = startCopy({ from, to });
    const timer = setTimeout(() => child.kill('SIGKILL'), random.below(300));
    await ended;
    clearTimeout(timer);
  }
  const report = await copied({ from, to });
  assert.equal(report.sent + report.there, 60);
  assert.deepEqual(await everythingOf(to), await everythingOf(from));
});

test('a flipped byte is named, the others are copied, and nobody serves the rest', async (t) => {
  const { from, to } = await places(t);
  const key = flipByte(from);
  const { status, stdout } = await copy({ from, to });
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`${key}: its bytes do not have the SHA-256.*asset file_\\w+ "heron-\\d+.txt"`));
  assert.equal(reportOf(stdout).sent, 11);
  assert.match(await refusedBy(to), /has not ended/);

  flipByte(from, join(from, 'blobs', key));
  const report = await copied({ from, to });
  assert.deepEqual([report.sent, report.there], [1, 11]);
  assert.deepEqual(await everythingOf(to), await everythingOf(from));
});

test('the comparison finds the planted bug: bytes that nobody checked', async (t) => {
  const { root, from, to } = await places(t);
  const key = flipByte(from);
  const target = environmentFile(join(root, 'to.env'), to, { MEDIALITH_TEST_FAULTS: 'skip_hash' });
  await copied({ from, to: target });
  await assert.rejects(everythingOf(to), /the bytes of file_/);
  assert.ok(existsSync(join(to, 'blobs', key)));
});

test('another secret in the target ends the run before anything is written', async (t) => {
  const { root, from, to } = await places(t, { items: 1 });
  mkdirSync(to);
  writeFileSync(join(to, 'secret.key'), `${'x'.repeat(40)}\n`);
  const inFolder = await copy({ from, to });
  assert.equal(inFolder.status, 1);
  assert.match(inFolder.stderr, /another secret/);
  assert.deepEqual(readdirSync(to), ['secret.key']);

  const elsewhere = join(root, 'elsewhere');
  const inFile = environmentFile(join(root, 'to.env'), elsewhere, { MEDIALITH_SECRET: 'y'.repeat(40) });
  const { status, stderr } = await copy({ from, to: inFile });
  assert.equal(status, 1);
  assert.match(stderr, /another secret/);
  assert.doesNotMatch(stderr, /yyyy/);
  assert.ok(!existsSync(elsewhere));
});

test('a secret in the files of both places makes no secret.key', async (t) => {
  const { root, from, to } = await places(t, { items: 1 });
  const secret = readFileSync(join(from, 'secret.key'), 'utf8').trim();
  const target = environmentFile(join(root, 'to.env'), to, { AUTH_SECRET: `"${secret}"` });
  await copied({ from, to: target });
  assert.ok(!existsSync(join(to, 'secret.key')));
});

test('a dry run says what would be done and makes nothing', async (t) => {
  const { from, to } = await places(t);
  const { status, stdout } = await copy({ from, to, words: ['--dry-run'] });
  assert.equal(status, 0);
  assert.match(stdout, /nothing was changed/);
  const planned = reportOf(stdout);
  assert.ok(!existsSync(to));
  assert.deepEqual(await copied({ from, to }), planned);
});

test('only an empty target or a copy of the same source is one', async (t) => {
  const { root, from, to } = await places(t, { items: 1 });
  const refusal = async (options) => {
    const { status, stderr } = await copy(options);
    assert.equal(status, 1, stderr);
    return stderr;
  };
  assert.match(await refusal({ from, to: from }), /the same deployment|in use/);
  assert.match(await refusal({ from: join(root, 'nowhere'), to }), /no deployment to copy/);
  assert.match(await refusal({ from: to, to: join(root, 'x') }), /no deployment to copy/);

  const secret = { MEDIALITH_SECRET: readFileSync(join(from, 'secret.key'), 'utf8').trim() };
  const own = join(root, 'own');
  const started = await startServer({ data: own, environment: secret });
  started.child.kill('SIGTERM');
  await started.closed;
  const ownFile = environmentFile(join(root, 'own.env'), own, secret);
  assert.match(await refusal({ from, to: ownFile }), /a deployment of its own/);

  await copied({ from, to });
  const target = await Deployment.serve(to);
  assert.match(await refusal({ from, to }), /in use by another medialith/);
  await target.generate({ prompt: 'a heron that only the target has' });
  await target.stop();
  assert.match(await refusal({ from, to }), /written to since/);
});

test('what it is asked has to make sense', async (t) => {
  const { root, from, to } = await places(t, { items: 1 });
  const broken = join(root, 'broken.env');
  writeFileSync(broken, 'MEDIALITH_DATA=x\nhunter2\n');
  const noLine = await copy({ from, to: broken });
  assert.equal(noLine.status, 1);
  assert.match(noLine.stderr, /broken\.env, line 2/);
  assert.doesNotMatch(noLine.stderr, /hunter2/);
  const unknown = await copy({ from, to: environmentFile(join(root, 'unknown.env'), to, { MEDIALITH_NONSENSE: '1' }) });
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /--to .*unknown\.env[^]*MEDIALITH_NONSENSE/);
  assert.notEqual((await startCopy({ from, to, words: ['--nonsense'] }).ended).status, 0);
});

test('progress is plain lines where there is no terminal', async (t) => {
  const { from, to } = await places(t);
  const { stderr } = await copy({ from, to });
  assert.match(stderr, /^rows: \d+ % of \d+$/m);
  assert.match(stderr, /^files: 100 % of \d+ bytes$/m);
  assert.doesNotMatch(stderr, /[\r\x1b]/);
});
