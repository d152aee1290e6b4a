// How many tests passed and failed, read from what the test programs themselves report.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const none = () => ({ passed: 0, failed: 0, skipped: 0 });

export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/// The output of a suite: its last line "N passed, N failed" when it prints one; else the summaries of node:test, of
/// which there may be several ("# pass 12" in TAP, "ℹ pass 12" for people), and of Vitest ("Tests  1 failed | 12 passed (13)").
export function fromOutput(output) {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)];
  if (lines.length > 0) {
    const [, passed, failed] = lines.at(-1);
    return { ...none(), passed: Number(passed), failed: Number(failed) };
  }
  const counts = none();
  const words = { pass: 'passed', fail: 'failed', cancelled: 'failed', skipped: 'skipped', todo: 'skipped' };
  for (const [, word, number] of output.matchAll(/^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$/gm)) {
    counts[words[word]] += Number(number);
  }
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  for (const [, summary] of plain.matchAll(/^ *Tests  (.*) \(\d+\)$/gm)) {
    for (const [, number, word] of summary.matchAll(/(\d+) (passed|failed|skipped|todo)/g)) {
      counts[word === 'todo' ? 'skipped' : word] += Number(number);
    }
  }
  return counts;
}

/// One JSON report of GoogleTest.
export function fromGtest(report) {
  const counts = none();
  for (const suite of report.testsuites ?? []) {
    for (const test of suite.testsuite) {
      if (test.failures?.length > 0) counts.failed++;
      else if (test.status === 'RUN' && test.result === 'COMPLETED') counts.passed++;
      else counts.skipped++;
    }
  }
  return counts;
}

/// A run of ctest: its JUnit file, and the reports that its GoogleTest programs left in `reports` as test_<name>.json. A
/// test without a report (no GoogleTest, or it crashed) counts as one; so does a program that failed though every test in
/// it passed (a leak found at exit).
export function fromCtest(junit, reports) {
  let counts = none();
  const found = new Set(existsSync(reports) ? readdirSync(reports) : []);
  for (const [, attributes] of junit.matchAll(/<testcase ([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(attributes)[1];
    const ok = /status="run"/.test(attributes);
    const file = `test_${name}.json`;
    if (!found.has(file)) {
      counts = add(counts, ok ? { ...none(), passed: 1 } : { ...none(), failed: 1 });
      continue;
    }
    const inside = fromGtest(JSON.parse(readFileSync(join(reports, file), 'utf8')));
    if (!ok && inside.failed === 0) inside.failed = 1;
    counts = add(counts, inside);
  }
  return counts;
}

/// What a command counts for when its exit code is heard too: it cannot have passed with nothing run, nor failed with no
/// failure counted.
export function settle(counts, ok) {
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, note: 'nothing ran' };
  if (!ok && counts.failed === 0) return { ...counts, failed: 1, note: 'failed outside its tests' };
  return counts;
}
