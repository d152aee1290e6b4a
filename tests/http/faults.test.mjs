// What the server answers when a client is too slow, memory for bodies runs out, or the disk is full or fails.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { noise } from './fixtures.mjs';
import { Server, until } from './harness.mjs';
import { PASSWORD, signUp } from './people.mjs';

const MiB = 1 << 20;
const ACCOUNTS = { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open', MEDIALITH_TRUSTED_PROXIES: '127.0.0.1' };

/** The one answer on a connection that the server closes within `ms`, checked against the API. */
async function lastAnswer(server, wire, asked, ms) {
  await wire.closed(ms);
  const [answer, ...more] = wire.answers([asked.method]);
  assert.deepEqual([more.length, wire.rest], [0, '']);
  assert.ok(answer !== undefined, 'closed without an answer');
  server.contract.check({ ...asked, ...answer });
  return { ...answer, json: JSON.parse(answer.body) };
}

describe('who is too slow', { concurrency: true }, () => {
  const server = new Server();
  before(() => server.start());
  after(() => server.dispose());

  /** Asks in pieces, one each 200 ms, until the server has had enough; the answer and how many seconds it took. */
  async function dribble(t, asked, first, piece, ms) {
    const wire = await server.socket();
    const started = performance.now();
    wire.write(first);
    const timer = setInterval(() => wire.write(piece), 200);
    t.after(() => clearInterval(timer));
    const answer = await lastAnswer(server, wire, asked, ms);
    return { ...answer, seconds: (performance.now() - started) / 1000 };
  }
  const checkTimeout = ({ status, json, headers, seconds }, [least, most]) => {
    assert.deepEqual([status, json.code, headers.connection], [408, 'REQUEST_TIMEOUT', 'close']);
    assert.ok(seconds >= least && seconds < most, `${seconds} s`);
  };

  test('a head has 10 seconds, however it comes', async (t) => {
    const asked = { method: 'GET', path: '/v1/me', unrouted: true };
    for (const piece of ['', 'x']) {
      checkTimeout(await dribble(t, asked, 'GET /v1/me HTTP/1.1\r\nX-Slow: ', piece, 20_000), [9.5, 15]);
    }
  });

  test('a body may not stand still for 30 seconds', async (t) => {
    const asked = { method: 'POST', path: '/v1/generations' };
    const head = 'POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    checkTimeout(await dribble(t, asked, head, '', 45_000), [28, 40]);
  });

  test('an upload at 100 bytes a second is ended, and leaves nothing', async (t) => {
    const asked = { method: 'POST', path: '/v1/uploads' };
    const head = 'POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
    checkTimeout(await dribble(t, asked, head, 'x'.repeat(20), 70_000), [28, 65]);
    await until('the staging file to go', async () => (await server.underWay()).length === 0, 1000);
    assert.deepEqual(await server.client.all('/v1/assets'), []);
  });
});

test('large bodies share 256 MiB; who waits for it 15 seconds is sent away', async (t) => {
  const server = await Server.forTest(t);
  server.meantToFail = /"OVERLOADED"/;
  const freeBytes = async () => Number(/^medialith_body_budget_free_bytes (\d+)$/m.exec((await server.client.get('/metrics')).text)[1]);
  const ask = async (size) => {
    const wire = await server.socket();
    wire.write(`POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`);
    return wire;
  };
  assert.equal(await freeBytes(), 256 * MiB);
  const holders = await Promise.all(Array.from({ length: 4 }, () => ask(64 * MiB)));
  await until('the budget to be taken', async () => (await freeBytes()) === 0);
  const started = performance.now();
  const waiting = await ask(2 * MiB);
  const asked = { method: 'POST', path: '/v1/generations' };
  await server.client.generation(); // small ones do not wait
  const answer = await lastAnswer(server, waiting, asked, 25_000);
  const seconds = (performance.now() - started) / 1000;
  assert.deepEqual([answer.status, answer.json.code], [503, 'OVERLOADED']);
  assert.ok(seconds >= 14.5 && seconds < 22, `${seconds} s`);
  assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
  holders.forEach((wire) => wire.close());
  await until('the budget to be given back', async () => (await freeBytes()) === 256 * MiB);
  await server.client.generation({ metadata: { long: 'x'.repeat(2 * MiB) } });
});

test('a storm of logins is sent away early, and harms nobody who is signed in', async (t) => {
  const server = await Server.forTest(t, { variables: ACCOUNTS });
  server.meantToFail = /"OVERLOADED"/;
  const ann = await signUp(server, 'ann@example.com');
  let addresses = 0;
  const login = () => server.client.post('/v1/auth/login', { email: `nobody${++addresses}@example.com`, password: 'wrong password' }, { headers: { 'X-Forwarded-For': `198.51.100.${addresses}` } });
  const storm = Promise.all(Array.from({ length: 150 }, login));
  await ann.generation();
  const answers = await storm;
  const refused = answers.filter(({ status }) => status === 503);
  assert.ok(answers.every(({ status }) => status === 401 || status === 503));
  assert.ok(refused.length > 0 && answers.length - refused.length >= 34, `${refused.length} of ${answers.length}`);
  for (const { code, headers } of refused) assert.deepEqual([code, /^[1-9]\d*$/.test(headers['retry-after'])], ['OVERLOADED', true]);
  assert.equal((await server.client.post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD })).status, 200, 'it is over');
});

/** Commands that mount: as root, or by sudo. */
const asRoot = (...words) => execFileSync(process.getuid() === 0 ? words[0] : 'sudo', process.getuid() === 0 ? words.slice(1) : ['-n', ...words]);

/** A file system in memory of its own for `use`. */
async function onSmallDisk(megabytes, use) {
  const folder = mkdtempSync(join(tmpdir(), 'medialith-disk-'));
  try {
    asRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,uid=${process.getuid()},mode=700`, 'medialith-test', folder);
    try {
      await use(folder);
    } finally {
      asRoot('umount', folder);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs `use` with a server over a data folder, which it leaves. */
async function withServer(options, use) {
  const server = new Server(options);
  try {
    await server.start();
    await use(server);
  } finally {
    await server.dispose();
  }
}

test('a full disk is 507, and everything else goes on', () =>
  onSmallDisk(96, (disk) =>
    withServer({ data: join(disk, 'data'), variables: ACCOUNTS, storage: 'folder' }, async (server) => {
      server.meantToFail = /"DISK_FULL"/;
      const ann = await signUp(server, 'ann@example.com');
      const kept = await ann.asset(noise(1000));
      const { id } = await ann.generation();
      // 64 MiB are kept back for the database: a file that would take of them is refused, its size known or not.
      for (const chunked of [false, true]) {
        const answer = await ann.upload(noise(40 * MiB), { chunked });
        assert.deepEqual([answer.status, answer.code], [507, 'DISK_FULL'], answer.text);
      }
      assert.deepEqual([server.blobFiles().length, await server.underWay()], [1, []]);
      assert.equal((await ann.get(kept.url)).status, 200);
      assert.equal((await server.client.post('/v1/auth/login', { email: 'ann@example.com', password: PASSWORD })).status, 200);
      assert.equal((await ann.delete(`/v1/generations/${id}`)).status, 204);
      // Now the database has no room either.
      const filler = join(disk, 'filler');
      fillUp(disk, filler);
      const late = { id: 'late', modelId: 'm', prompt: 'x'.repeat(MiB) };
      const refused = await ann.post('/v1/generations', late);
      assert.deepEqual([refused.status, refused.code], [507, 'DISK_FULL'], refused.text);
      assert.equal((await ann.get('/v1/generations/late')).status, 404);
      assert.equal((await ann.get(kept.url)).status, 200);
      rmSync(filler);
      assert.equal((await ann.post('/v1/generations', late)).status, 201);
    }),
  ));

/** Leaves a few pages. */
function fillUp(folder, file) {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, Buffer.alloc(bavail * bsize - 64 * 1024));
}

/** From here on every flush of the server fails with EIO. */
async function failFlushes(t, server) {
  const flushes = 'fsync,fdatasync';
  const tracer = spawn('strace', ['-f', '-p', server.pid, '-e', `trace=${flushes}`, '-e', `inject=${flushes}:error=EIO`], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => tracer.kill());
  let said = '';
  tracer.stderr.on('data', (text) => (said += text));
  await until('strace to attach', () => / attached/.test(said));
}

test('a commit that the disk fails is told as unknown, and the retry makes it once', async (t) => {
  const server = new Server({ storage: 'folder' });
  t.after(() => server.dispose());
  await server.start();
  server.meantToFail = /"OUTCOME_UNKNOWN"/;
  const before = await server.client.generation();
  await failFlushes(t, server);
  const asked = { modelId: 'm', prompt: 'perhaps' };
  const answer = await server.client.post('/v1/generations', asked, { key: 'the-same' });
  assert.deepEqual([answer.status, answer.code, answer.headers['retry-after']], [503, 'OUTCOME_UNKNOWN', '1']);
  assert.deepEqual(await server.exited, { code: 70, signal: null });
  server.client.close();
  await server.start();
  const again = await server.client.post('/v1/generations', asked, { key: 'the-same' });
  assert.equal(again.status, 201);
  assert.deepEqual((await server.client.all('/v1/generations')).map(({ id }) => id).sort(), [before.id, again.json.id].sort());
});
