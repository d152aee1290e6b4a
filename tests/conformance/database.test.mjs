// What `doctor` says of a database server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, temporaryFolder } from '../http/harness.mjs';
import { programs, start as startPostgres } from '../servers/postgres.mjs';

test('doctor is careful about a PostgreSQL that may lose what it has acknowledged', async (t) => {
  const server = await startPostgres({ fsync: 'on' });
  t.after(() => server.stop());
  const data = temporaryFolder(t);
  const doctor = (more = {}) => run(['doctor', '--data', data], { variables: { MEDIALITH_DATABASE: server.url, ...more } }).stdout;
  assert.match(doctor(), /ok +server +15\.\S+.*, direct/);
  assert.doesNotMatch(doctor(), /durability/);

  execFileSync(join(programs(), 'psql'), ['-X', '-q', '-d', server.admin, '-c', 'ALTER ROLE medialith SET synchronous_commit = off']);
  assert.match(doctor(), /WRONG +server +.*synchronous_commit=off/);
  assert.match(doctor({ MEDIALITH_ALLOW_UNSAFE_DATABASE: 'true' }), /careful +durability +synchronous_commit=off: what was acknowledged may be lost/);
});
