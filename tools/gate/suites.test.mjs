import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandFor, discover } from './suites.mjs';

function tree(t, suites) {
  const root = mkdtempSync(join(tmpdir(), 'suites-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, suite] of Object.entries(suites)) {
    mkdirSync(join(root, 'tests', name), { recursive: true });
    if (suite) writeFileSync(join(root, 'tests', name, 'suite.json'), JSON.stringify(suite));
  }
  return root;
}

test('folders with a suite.json are found in their order', (t) => {
  const root = tree(t, { late: { title: 'x', order: 90 }, early: { title: 'x', order: 10 }, corpus: null });
  assert.deepEqual(discover(root).map((s) => s.name), ['early', 'late']);
});

test('all falls back to the command and the deadline of gate', (t) => {
  const [suite] = discover(tree(t, { api: { title: 'x', gate: 'run', minutes: { gate: 3 } } }));
  assert.deepEqual(commandFor(suite, 'all'), { command: 'run', minutes: 3 });
  assert.equal(commandFor(suite, 'soak'), undefined);
});

test('a misspelt member is refused', (t) => {
  assert.throws(() => discover(tree(t, { api: { title: 'x', gaet: 'run' } })), /unknown member "gaet"/);
});
