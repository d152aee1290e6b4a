// Runs each part on its servers and ends with one line, "N passed, N failed". Words name parts; --all takes the long ones.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { argv, env, exit, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { start as startPostgres } from '../servers/postgres.mjs';
import { start as startSqld } from '../servers/sqld.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const build = join(root, 'build/release');
const all = argv.includes('--all');
const chosen = argv.slice(2).filter((word) => !word.startsWith('--'));

const test = (name) => join(build, 'server', name);
const on = (start) => async (run) => {
  const server = await start();
  try {
    return await run({ MEDIALITH_TEST_DATABASE: server.url });
  } finally {
    await server.stop();
  }
};
const onPostgres = on(startPostgres);
const onSqld = on(startSqld);
const HTTP_MAIN = ['generations', 'content', 'idempotency', 'accounts', 'changes', 'ownership', 'search', 'lists', 'bulk', 'uploads'];

const PARTS = {
  blob: () => count([test('test_blob_servers')]),
  bucket: () => count(['node', '--test', join(root, 'tests/conformance/bucket.test.mjs')]),
  db: () => count([test('test_db_servers'), ...(all ? [] : ['--gtest_filter=-*Long*'])]),
  domain: async () => sum([
    await count([test('test_domain_servers')]),
    await onPostgres((variables) => count([test('test_domain')], variables)),
    await onSqld((variables) => count([test('test_domain')], variables)),
  ]),
  jobs: () => onPostgres((variables) => count([test('test_jobs')], variables)),
  http: () => onPostgres((variables) => count(
    ['node', '--test', '--test-concurrency=2', ...(all ? ['*.test.mjs'] : HTTP_MAIN.map((name) => `${name}.test.mjs`))], variables,
    join(root, 'tests/http'))),
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
  const status = await new Promise((done) => child.once('exit', done));
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
