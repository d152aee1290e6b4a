// What the server does by itself, and what it remembers of it over a restart.
import assert from 'node:assert/strict';
import { env } from 'node:process';
import { test } from 'node:test';
import { Server, run, until } from './harness.mjs';
import { PASSWORD, cookieOf, setupToken, signUp, withKey } from './people.mjs';

const onBucket = env.MEDIALITH_TEST_BUCKET !== undefined;
const KINDS = [...(onBucket ? ['abort-multiparts'] : []), 'finalize-deletes', 'purge-idempotency', 'purge-logins', 'purge-rate-limits'];
const accounts = { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' };

test('an admin sees the jobs, and a command runs one', async (t) => {
  const server = await Server.forTest(t, { variables: accounts });
  const made = await server.client.post('/v1/auth/setup', { token: setupToken(server), email: 'admin@example.com', password: PASSWORD });
  const admin = server.client.as(cookieOf(made));
  const jobs = async () => (await admin.get('/v1/jobs')).json.items;
  assert.deepEqual((await jobs()).map(({ kind }) => kind), KINDS);
  for (const job of await jobs()) assert.ok(job.runs > 0 || Date.parse(job.dueAt) - Date.now() <= 60_000, 'within a minute of the first start');

  const medialith = (...words) => run(['jobs', ...words, '--data', server.data]);
  const ran = medialith('run', 'purge-logins');
  assert.match(ran.stdout, /^purge-logins dealt with 0 in \d+ ms\.\n$/, ran.stderr);
  const job = (await jobs()).find(({ kind }) => kind === 'purge-logins');
  assert.deepEqual([job.state, job.runs, job.failures, job.done, job.error], ['completed', 1, 0, 0, null]);
  assert.match(job.server, new RegExp(`\\.${server.pid}\\.`));
  assert.ok(Date.parse(job.dueAt) - Date.parse(job.startedAt) >= 3_600_000);
  const listed = medialith('list').stdout;
  for (const kind of KINDS) assert.ok(listed.includes(kind), listed);
  const refused = medialith('run', 'sweep');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /There is no job sweep here/);

  const { body } = await server.client.get('/metrics');
  assert.match(body.toString(), /medialith_job_runs_total\{ended="completed",job="purge-logins"\} 1\n/);
  await server.restart();
  assert.equal((await server.client.as(cookieOf(made)).get('/v1/jobs')).json.items.find(({ kind }) => kind === job.kind).dueAt, job.dueAt, 'a restart puts nothing off');
});

test('the files of what was deleted for good go when their grace is over', async (t) => {
  // The command reaches a folder through its server, and a server through its database's file.
  const storage = onBucket ? undefined : 'folder';
  for (const [grace, dealtWith] of [['1h', 0], ['0s', 1]]) {
    const variables = { MEDIALITH_GC_GRACE: grace };
    const server = await Server.forTest(t, { variables, storage });
    const [kept, purged] = [await server.client.asset('kept'), await server.client.asset('purged')];
    assert.equal((await server.client.delete(`/v1/assets/${purged.id}?permanent=true`)).status, 204);
    assert.equal(server.files.kept().length, 2);
    await server.restart(); // writes down the time, by which a command of its own process says what is old
    const ran = run(['jobs', 'run', 'finalize-deletes', '--data', server.data], { variables, storage });
    assert.match(ran.stdout, new RegExp(`^finalize-deletes dealt with ${dealtWith} in `), ran.stderr);
    assert.equal(server.files.kept().length, 2 - dealtWith);
    assert.equal((await server.client.get(`/v1/assets/${kept.id}/content`)).text, 'kept');
  }
});

test('nobody but an admin sees them', async (t) => {
  const server = await Server.forTest(t, { variables: accounts });
  const ann = await signUp(server, 'ann@example.com');
  for (const [who, status] of [[server.client, 401], [ann, 403], [await withKey(server, ann), 403]]) {
    assert.equal((await who.get('/v1/jobs')).status, status);
  }
});

test('a restart forgives no wrong guess', async (t) => {
  const server = await Server.forTest(t, { variables: accounts });
  await signUp(server, 'ann@example.com');
  const guess = async () => {
    const { status, json } = await server.client.post('/v1/auth/login', { email: 'ann@example.com', password: 'a wrong guess' });
    assert.ok([401, 429].includes(status), `${status}`);
    return status === 429 && json.error.startsWith('Too many wrong tries');
  };
  await until('the guesses to run out', guess, 60_000);
  await server.restart();
  const started = Date.now();
  let tries = 1;
  while (!await guess()) tries += 1;
  // One comes back every three seconds; of the twenty that a forgetful server would have, most would be left.
  assert.ok(tries <= 3 + (Date.now() - started) / 3000, `${tries} tries`);
});
