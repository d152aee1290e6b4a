// Runs each part on its servers and ends with one line, "N passed, N failed". Words name parts; --all takes the long ones.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { argv, env, exit, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { start as startPostgres } from '../servers/postgres.mjs';
import { start as startGateway } from '../servers/rgw.mjs';
import { start as startSqld } from '../servers/sqld.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const build = join(root, 'build/release');
const all = argv.includes('--all');
const chosen = argv.slice(2).filter((word) => !word.startsWith('--'));

const test = (name) => join(build, 'server', name);
/// Runs `use` beside a server of tests/servers, and stops that whatever happens.
async function beside(start, use) {
  const server = await start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
const onPostgres = (use) => beside(startPostgres, (server) => use({ MEDIALITH_TEST_DATABASE: server.url }));
const onPostgresAndBucket = (use) => onPostgres((database) => beside(startGateway, ({ endpoint, accessKey, secretKey }) => use({
  ...database, MEDIALITH_TEST_BUCKET: JSON.stringify({ endpoint, accessKey, secretKey, bucket: 'conformance' }),
})));
const onLibsql = (use) => beside(startSqld, (server) => use({
  MEDIALITH_TEST_DATABASE: server.url, MEDIALITH_TEST_DATABASE_ADMIN: server.admin,
}));
const HTTP_MAIN = ['generations', 'content', 'idempotency', 'accounts', 'changes', 'ownership', 'search', 'lists', 'bulk', 'uploads', 'fumi'];
const http = (variables) => count(
  ['node', '--test', '--test-concurrency=2', ...(all ? ['*.test.mjs'] : HTTP_MAIN.map((name) => `${name}.test.mjs`))], variables,
  join(root, 'tests/http'));
// The list of tables is held against SQLite's catalogue.
const ON_SQLITE = '--gtest_filter=-Schema.*';

const PARTS = {
  blob: () => count([test('test_blob_servers')]),
  bucket: () => count(['node', '--test', join(root, 'tests/conformance/bucket.test.mjs')]),
  database: () => count(['node', '--test', join(root, 'tests/conformance/database.test.mjs')]),
  trips: () => count(['node', '--test', join(root, 'tests/conformance/trips.test.mjs')]),
  db: () => count([test('test_db_servers'), ...(all ? [] : ['--gtest_filter=-*Long*'])]),
  domain: async () => sum([
    await count([test('test_domain_servers')]),
    await onPostgres((variables) => count([test('test_domain')], variables)),
    await onLibsql((variables) => count([test('test_domain')], variables)),
  ]),
  jobs: () => onPostgres((variables) => count([test('test_jobs')], variables)),
  movers: () => onPostgres((variables) => count([test('test_movers'), ON_SQLITE], variables)),
  'http-postgres-s3': () => onPostgresAndBucket(http),
  'http-libsql': () => onLibsql(http),
};

const sum = (parts) => parts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));

/// Runs a command whose output is GoogleTest's or node:test's, and reads its sums from it.
async function count(words, variables = {}, cwd = root) {
  const expanded = words.map((word) => (word.includes('*') && !word.startsWith('--') ? word : `'${word}'`)).join(' ');
  const child = spawn('bash', ['-c', expanded], { cwd, env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (piece) => {
    text += piece;
    stdout.write(piece);
  });
  // Not at its exit: the last of what it said, its sums, may come later.
  const status = await new Promise((done) => child.once('close', done));
  const number = (pattern) => Number(pattern.exec(text)?.[1] ?? 0);
  const passed = number(/\[ {2}PASSED {2}\] (\d+) test/) + number(/^(?:#|ℹ) pass (\d+)$/m);
  const failed = number(/^ *(\d+) FAILED TESTS?$/m) + number(/^(?:#|ℹ) fail (\d+)$/m);
  // A program that ends badly without a failed test has broken down.
  return { passed, failed: failed || (status === 0 && passed > 0 ? 0 : 1) };
}

let total = { passed: 0, failed: 0 };
for (const [name, run] of Object.entries(PARTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`== ${name}`);
  const sums = await run().catch((error) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  total = sum([total, sums]);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
