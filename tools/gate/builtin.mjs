// The parts of the run that belong to the source itself: lints, unit tests in three variants, fuzzers.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromCtest, fromOutput } from './count.mjs';
import { run } from './process.mjs';

// Thread sanitizer triples the time and finds what several threads share: the modules that own threads.
export const TSAN_MODULES = ['base', 'net', 'http', 'http_client', 'db', 'blob'];
const FUZZ_SECONDS = { gate: 30, all: 120, fuzz: 600 };
const FUZZ_GATE_TOTAL = 240;
const FUZZ_AT_ONCE = 2;

/// Commands that are each one check: {name: command}. Failed ones name themselves.
async function checks(context, commands) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const [name, command] of Object.entries(commands)) {
    const log = join(context.results, `${name}.log`);
    const result = await run(command, { cwd: context.root, log, minutes: 30 });
    const inside = fromOutput(result.output);
    const counted = inside.passed + inside.failed > 0;
    counts.passed += counted ? inside.passed : Number(result.ok);
    counts.failed += counted ? inside.failed : 0;
    if (!result.ok && !(counted && inside.failed > 0)) counts.failed++;
    if (!result.ok) failures.push(log);
  }
  return { counts, failures, ok: failures.length === 0 };
}

export const lint = {
  name: 'lint',
  title: 'tools, layers, format, links in the documentation',
  builds: {},
  run: (context) =>
    checks(context, {
      tools: 'node --test --test-reporter=tap tools/*.test.mjs tools/gate/*.test.mjs',
      layers: 'node tools/lint_layers.mjs',
      format: "git ls-files -z '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 --dry-run -Werror",
      links: 'node tools/lint_docs.mjs',
    }),
};

export const tidy = {
  name: 'tidy',
  title: 'clang-tidy',
  builds: { release: ['all'] }, // generated headers have to be there
  run: (context) => checks(context, { tidy: `node tools/tidy.mjs ${context.verb === 'gate' ? '--changed' : ''}` }),
};

function ctest(name, variant, title, { builds, filter, prefix = [], env = {} }) {
  return {
    name,
    title,
    builds: { [variant]: builds },
    async run(context) {
      const reports = join(context.results, name);
      rmSync(reports, { recursive: true, force: true });
      mkdirSync(reports, { recursive: true });
      const junit = join(reports, 'ctest.xml');
      const log = join(context.results, `${name}.log`);
      const command = ['ctest', '--test-dir', `build/${variant}`, '--output-on-failure', '--timeout', '300'];
      const result = await run(
        [...prefix, ...command, '-j', String(context.jobs), '--output-junit', junit, ...(filter ? ['-R', filter] : [])],
        { cwd: context.root, log, minutes: 20, env: { GTEST_OUTPUT: `json:${reports}/`, ...env } },
      );
      const xml = existsSync(junit) ? readFileSync(junit, 'utf8') : '';
      return { counts: fromCtest(xml, reports), failures: result.ok ? [] : [log], ok: result.ok };
    },
  };
}

export const unit = ctest('unit', 'release', 'unit and contract tests as shipped', { builds: ['all'] });

export const asan = ctest('asan', 'asan', 'the same under address and undefined behaviour sanitizers', {
  builds: ['all'],
  env: { ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_string_checks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
});

/// The sanitizer wants its shadow memory where address randomisation may have put something else. Containers may forbid
/// to turn it off; newer kernels then still leave enough room.
export function tsan(context) {
  const modules = TSAN_MODULES.filter((name) => readdirSync(join(context.root, 'server/src', name), { recursive: true }).some((f) => f.endsWith('_test.cpp')));
  return ctest('tsan', 'tsan', `thread sanitizer: ${modules.join(', ')}`, {
    builds: modules.map((name) => `test_${name}`),
    filter: `^(${modules.join('|')})$`,
    prefix: context.canFixAddresses ? ['setarch', '-R'] : [],
    env: { TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1' },
  });
}

function fuzzTargets(root) {
  const all = readdirSync(join(root, 'server/src'), { recursive: true });
  const named = all.filter((file) => file.endsWith('_fuzz.cpp')).map((file) => basename(file, '.cpp'));
  return process.env.FUZZ ? named.filter((name) => name.includes(process.env.FUZZ)) : named;
}

function fuzzSeconds(verb, targets) {
  if (process.env.FUZZ_SECONDS) return Number(process.env.FUZZ_SECONDS);
  const share = Math.floor((FUZZ_GATE_TOTAL * FUZZ_AT_ONCE) / Math.max(1, targets.length));
  return verb === 'gate' ? Math.min(FUZZ_SECONDS.gate, share) : FUZZ_SECONDS[verb];
}

/// Each target starts from tests/fuzz/<target>/ (kept inputs, former crashes among them) and goes on from what earlier
/// runs in this clone found.
async function fuzzOne(context, target, seconds) {
  const work = join(context.root, 'build/fuzz', target);
  mkdirSync(join(work, 'corpus'), { recursive: true });
  const kept = join(context.root, 'tests/fuzz', target);
  const words = join(context.root, 'tests/fuzz', `${target}.dict`);
  const program = findProgram(join(context.root, 'build/asan'), target);
  const log = join(context.results, `${target}.log`);
  const result = await run(
    [program, `-max_total_time=${seconds}`, '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1',
      `-artifact_prefix=${work}/`, ...(existsSync(words) ? [`-dict=${words}`] : []),
      join(work, 'corpus'), ...(existsSync(kept) ? [kept] : [])],
    { cwd: context.root, log, minutes: seconds / 60 + 2, quiet: true },
  );
  const runs = Number(/number_of_executed_units:\s*(\d+)/.exec(result.output)?.[1] ?? 0);
  const seed = /Seed: (\d+)/.exec(result.output)?.[1];
  console.log(`      ${target}: ${runs} inputs, seed ${seed}${result.ok ? '' : '  FAILED'}`);
  return { ok: result.ok && runs > 0, log };
}

function findProgram(build, name) {
  const folder = ['server', 'tests', '.'].map((part) => join(build, part)).find((part) => existsSync(join(part, name)));
  return folder ? join(folder, name) : name;
}

export function fuzz(context) {
  const targets = fuzzTargets(context.root);
  const seconds = fuzzSeconds(context.verb, targets);
  return {
    name: 'fuzz',
    title: `${targets.length} fuzzers, ${seconds} s each`,
    builds: { asan: targets },
    async run() {
      const counts = { passed: 0, failed: 0, skipped: 0 };
      const failures = [];
      const queue = [...targets];
      const work = async () => {
        for (let target = queue.shift(); target; target = queue.shift()) {
          const result = await fuzzOne(context, target, seconds);
          counts[result.ok ? 'passed' : 'failed']++;
          if (!result.ok) failures.push(result.log);
        }
      };
      await Promise.all(Array.from({ length: FUZZ_AT_ONCE }, work));
      return { counts, failures, ok: failures.length === 0 };
    },
  };
}

/// Last and longest: the README's commands in a system that has nothing of ours, this machine's compiler cache lent to it.
export const fresh = {
  name: 'fresh',
  title: "the README's two commands in a fresh Debian 12",
  builds: {},
  async run(context) {
    const log = join(context.results, 'fresh.log');
    const result = await run(['tools/fresh.sh', '--lend-ccache'], { cwd: context.root, log, minutes: 40 });
    return { counts: fromOutput(result.output), failures: result.ok ? [] : [log], ok: result.ok };
  },
};
