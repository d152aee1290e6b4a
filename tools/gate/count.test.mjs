import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromCtest, fromGtest, fromOutput, settle } from './count.mjs';

test('node:test summaries of several files are added up, cancelled ones fail', () => {
  const output = '# pass 3\n# fail 1\n# cancelled 2\n# skipped 1\nℹ pass 4\nℹ fail 0\n';
  assert.deepEqual(fromOutput(output), { passed: 7, failed: 3, skipped: 1 });
});

test('a line of its own counts instead, and the last one wins', () => {
  assert.deepEqual(fromOutput('# pass 3\n1 passed, 0 failed\n100 passed, 2 failed\n'), { passed: 100, failed: 2, skipped: 0 });
});

test('the summary of Vitest', () => {
  assert.deepEqual(fromOutput(' Test Files  1 failed (2)\n      Tests  1 failed | 12 passed | 2 skipped (15)\n'), { passed: 12, failed: 1, skipped: 2 });
});

test('a line in the middle of a sentence is no count', () => {
  assert.deepEqual(fromOutput('so far 3 passed, 0 failed, going on\n'), { passed: 0, failed: 0, skipped: 0 });
});

const report = (...tests) => ({ testsuites: [{ testsuite: tests }] });
const passed = { status: 'RUN', result: 'COMPLETED' };
const failed = { status: 'RUN', result: 'COMPLETED', failures: [{ failure: 'no' }] };
const skipped = { status: 'RUN', result: 'SKIPPED' };

test('GoogleTest reports', () => {
  assert.deepEqual(fromGtest(report(passed, failed, skipped, passed)), { passed: 2, failed: 1, skipped: 1 });
});

test('ctest: programs with reports, without, crashed, and failing at exit', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'count-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'test_base.json'), JSON.stringify(report(passed, passed)));
  writeFileSync(join(folder, 'test_leaks.json'), JSON.stringify(report(passed)));
  const junit = `
    <testcase name="base" classname="base" time="0.1" status="run">
    <testcase name="leaks" classname="leaks" time="0.1" status="fail">
    <testcase name="sql_lint" classname="sql_lint" time="0.1" status="run">
    <testcase name="crashed" classname="crashed" time="0.1" status="fail">`;
  assert.deepEqual(fromCtest(junit, folder), { passed: 4, failed: 2, skipped: 0 });
});

test('nothing run is a failure, and so is a bad exit without one', () => {
  assert.equal(settle({ passed: 0, failed: 0, skipped: 5 }, true).failed, 1);
  assert.equal(settle({ passed: 9, failed: 0, skipped: 0 }, false).failed, 1);
  assert.equal(settle({ passed: 9, failed: 0, skipped: 0 }, true).failed, 0);
});
