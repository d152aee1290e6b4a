// Types and unit tests; ends with a line "N passed, N failed", where the type check counts as one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chdir, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const results = mkdtempSync(join(tmpdir(), 'medialith-console-'));
const report = join(results, 'tests.json');
const run = (...words) => spawnSync(execPath, words, { stdio: 'inherit' }).status === 0;

const typesFit = run('node_modules/typescript/bin/tsc', '--noEmit');
const testsRan = run('node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
rmSync(results, { recursive: true });

const passed = counts.numPassedTests + (typesFit ? 1 : 0);
// A test file that does not load fails the run without a failed test in it.
const failed = Math.max(counts.numFailedTests, testsRan ? 0 : 1) + (typesFit ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
exit(failed === 0 ? 0 : 1);
