import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { anchor, broken } from './lint_docs.mjs';

function brokenIn(t, markdown) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'other.md'), '# Other\n\n## What is here\n');
  writeFileSync(join(folder, 'page.md'), markdown);
  return broken(join(folder, 'page.md'));
}

test('good links pass: files, headings, other hosts, code', (t) => {
  const good = '# Page\n[a](other.md) [b](other.md#what-is-here) [c](#page) [d](https://example.com/x)\n```\n[e](no.md)\n```\n`[f](no.md)`\n';
  assert.deepEqual(brokenIn(t, good), []);
});

test('planted: a file that is not there, a heading that is not there', (t) => {
  assert.deepEqual(brokenIn(t, '[a](no.md) [b](other.md#gone) [c](#gone)\n'), ['no.md', 'other.md#gone', '#gone']);
});

test('anchors drop punctuation and keep dashes', () => {
  assert.equal(anchor('0001: clang-19, and why'), '0001-clang-19-and-why');
});
