// The test run: node tools/gate.mjs VERB, where VERB is gate, all, lint, fuzz, prove, soak or bench. `make test` and its
// like come here through tools/test.sh, which has installed what is needed.
//
// gate and all end with the line "N passed, N failed"; the exit code is 0 only when something ran and nothing failed.
// SUITES="unit api" restricts them to parts by name.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as builtin from './gate/builtin.mjs';
import { add, fromOutput, settle } from './gate/count.mjs';
import { clock, endAll, run, tail } from './gate/process.mjs';
import { commandFor, discover } from './gate/suites.mjs';

const VERBS = ['gate', 'all', 'lint', 'fuzz', 'prove', 'soak', 'bench'];
const LOG_LINES = 60;
const BUILD_MINUTES = 45;

function makeContext(verb) {
  const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
  return {
    root,
    verb,
    results: join(root, 'build/test'),
    jobs: Number(process.env.JOBS ?? 2),
    canFixAddresses: spawnSync('setarch', ['-R', 'true']).status === 0,
  };
}

/// npm packages of a suite and of those whose code it uses, where a lock is newer than what is installed.
async function installPackages(context, suite) {
  for (const folder of [suite.folder, ...(suite.uses ?? []).map((name) => join(context.root, 'tests', name))]) {
    const lock = join(folder, 'package-lock.json');
    if (!existsSync(lock)) continue;
    const installed = join(folder, 'node_modules/.package-lock.json');
    if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) continue;
    const log = join(context.results, `${suite.name}-npm.log`);
    const result = await run('npm ci --no-audit --no-fund', { cwd: folder, log, minutes: 10 });
    if (!result.ok) return { ok: false, log };
  }
  return { ok: true };
}

function suiteEnvironment(context, suite) {
  const results = join(context.results, suite.name);
  mkdirSync(results, { recursive: true });
  return {
    SERVER_BINARY: join(context.root, 'build/release/medialith'),
    SERVER_BINARY_ASAN: join(context.root, 'build/asan/medialith'),
    RESULTS: results,
  };
}

/// A suite of tests/ as a part of the run, like the built-in ones.
function partOf(context, suite) {
  const chosen = commandFor(suite, context.verb);
  return chosen && {
    name: suite.name,
    title: suite.title,
    builds: suite.builds,
    async run() {
      const packages = await installPackages(context, suite);
      if (!packages.ok) return { counts: { passed: 0, failed: 1, skipped: 0 }, failures: [packages.log], ok: false };
      const log = join(context.results, `${suite.name}.log`);
      const env = suiteEnvironment(context, suite);
      const result = await run(chosen.command, { cwd: suite.folder, env, log, minutes: chosen.minutes });
      if (result.timedOut) console.log(`      still running after ${chosen.minutes} minutes: stopped`);
      return { counts: fromOutput(result.output), failures: result.ok ? [] : [log], ok: result.ok };
    },
  };
}

function plan(context) {
  if (context.verb === 'lint') return [builtin.lint, builtin.tidy];
  if (context.verb === 'fuzz') return [builtin.fuzz(context)];
  const { lint, unit, tidy, asan, tsan, fuzz } = builtin;
  const parts = [lint, unit, tidy, asan, tsan(context), fuzz(context)];
  parts.push(...discover(context.root).map((suite) => partOf(context, suite)).filter(Boolean));
  if (context.verb === 'all') parts.push(builtin.fresh);
  const twice = parts.find((part, index) => parts.findIndex((other) => other.name === part.name) < index);
  if (twice) throw new Error(`Two parts are called "${twice.name}".`);
  const wanted = process.env.SUITES?.split(/[\s,]+/).filter(Boolean);
  if (!wanted?.length) return parts;
  const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) throw new Error(`No such suite: ${unknown.join(', ')}. There are: ${parts.map((p) => p.name).join(', ')}`);
  return parts.filter((part) => wanted.includes(part.name));
}

/// Builds what a part needs and has not been built yet. One ninja at a time: there is nothing to win from two.
async function build(context, built, builds) {
  for (const [variant, targets] of Object.entries(builds)) {
    const missing = targets.filter((target) => !built.has(`${variant} all`) && !built.has(`${variant} ${target}`));
    if (missing.length === 0) continue;
    console.log(`  → build/${variant}  ${missing.length > 4 ? `${missing.length} targets` : missing.join(' ')}`);
    const log = join(context.results, `build-${variant}.log`);
    const command = `cmake --preset ${variant} && NINJA_STATUS='[%f/%t] ' ninja -C build/${variant} -k 20 -j ${context.jobs} ${missing.join(' ')}`;
    const result = await run(command, { cwd: context.root, log, minutes: BUILD_MINUTES });
    console.log(`    ${result.ok ? '✓' : '✗'} ${clock(result.ms)}`);
    if (!result.ok) return { ok: false, log };
    for (const target of missing) built.add(`${variant} ${target}`);
  }
  return { ok: true };
}

async function runPart(context, built, part) {
  const begun = Date.now();
  const ready = await build(context, built, part.builds);
  if (!ready.ok) {
    showLog(context, ready.log);
    return { name: part.name, counts: { passed: 0, failed: 1, skipped: 0, note: 'not built' }, ms: Date.now() - begun };
  }
  console.log(`  → ${part.name}  ${part.title}`);
  const outcome = await part.run(context);
  const counts = settle(outcome.counts, outcome.ok);
  const ms = Date.now() - begun;
  console.log(`    ${counts.failed ? '✗' : '✓'} ${clock(ms)}  ${counts.passed} passed${counts.failed ? `, ${counts.failed} failed` : ''}`);
  for (const log of outcome.failures) showLog(context, log);
  return { name: part.name, counts, ms };
}

/// The end of a log; of a build's only what went wrong, without ninja's progress and the compiler's command lines.
function showLog(context, log) {
  const noise = /^\[\d+\/\d+\] (?!.*FAILED)|^env CCACHE_|^CMake Warning|^ninja: Entering/;
  const lines = tail(log, Infinity).split('\n').filter((line) => !noise.test(line));
  console.log(`\n──── ${log.slice(context.root.length + 1)}, its last lines`);
  console.log(lines.slice(-LOG_LINES).join('\n'));
  console.log('────\n');
}

function summarise(context, results, ms) {
  console.log('\n  part              passed  failed  skipped    time');
  for (const { name, counts, ms: took } of results) {
    const row = [counts.passed, counts.failed, counts.skipped].map((n, i) => String(n).padStart(i === 2 ? 9 : 8));
    console.log(`  ${name.padEnd(16)}${row.join('')}${clock(took).padStart(8)}  ${counts.note ?? ''}`.trimEnd());
  }
  const total = results.map((r) => r.counts).reduce(add, { passed: 0, failed: 0, skipped: 0 });
  writeFileSync(join(context.results, 'summary.json'), JSON.stringify({ verb: context.verb, ms, total, results }, null, 2));
  console.log(`\n  ${clock(ms)} in all; logs in build/test\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0;
}

async function test(context) {
  const begun = Date.now();
  const built = new Set();
  const results = [];
  for (const part of plan(context)) results.push(await runPart(context, built, part));
  return summarise(context, results, Date.now() - begun);
}

/// prove, soak and bench are for people: what they print is shown as it comes.
async function show(context) {
  const suites = discover(context.root).filter((suite) => suite[context.verb]);
  if (suites.length === 0) throw new Error(`No suite.json in tests/ or bench/ has a command for "${context.verb}".`);
  const built = new Set();
  for (const suite of suites) {
    const ready = await build(context, built, suite.builds);
    const packages = ready.ok && (await installPackages(context, suite));
    if (!ready.ok || !packages.ok) {
      showLog(context, ready.log ?? packages.log);
      return false;
    }
    const status = await new Promise((done) => {
      const env = { ...process.env, ...suiteEnvironment(context, suite) };
      const child = spawn('bash', ['-c', suite[context.verb]], { cwd: suite.folder, env, stdio: 'inherit' });
      child.on('close', done);
    });
    if (status !== 0) return false;
  }
  return true;
}

async function main() {
  const verb = process.argv[2];
  if (!VERBS.includes(verb)) throw new Error(`usage: node tools/gate.mjs ${VERBS.join('|')}`);
  const context = makeContext(verb);
  mkdirSync(context.results, { recursive: true });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      endAll();
      process.exit(130);
    });
  }
  const ok = ['prove', 'soak', 'bench'].includes(verb) ? await show(context) : await test(context);
  process.exitCode = ok ? 0 : 1;
}

main().catch((error) => {
  endAll();
  console.error(error.message);
  process.exitCode = 1;
});
