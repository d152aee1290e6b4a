// A lint that finds nothing proves nothing: each rule is shown a tree with one violation planted in it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { lint } from './lint_layers.mjs';

const rules = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'));

const CLEAN = {
  'server/CMakeLists.txt': `
medialith_module(base LINK fmt::fmt)
medialith_module(net LINK medialith_base)
medialith_module(http LINK medialith_net)
medialith_module(db LINK medialith_net)
medialith_module(domain LINK medialith_db)
`,
  'server/src/base/time.hpp': '#pragma once\n#include <string>\n#include <sys/stat.h>\n',
  'server/src/base/time.cpp': '#include "base/time.hpp"\n\n#include <fmt/format.h>\n',
  'server/src/net/loop.hpp': '#pragma once\n#include <boost/asio/post.hpp>\n\n#include "base/time.hpp"\n',
  'server/src/http/server.cpp': '#include "net/loop.hpp"\n',
  'server/src/db/sqlite/engine.cpp': '#include <sqlite3.h>\n\n#include "net/loop.hpp"\nconst char* s = "sprintf( is a word here";\n',
  'server/src/domain/user_test.cpp': '#include <gtest/gtest.h>\n',
  'tests/CMakeLists.txt': 'add_executable(sim sim_test.cpp)\n',
  'tests/sim_test.cpp': '',
};

function found(t, planted) {
  const root = mkdtempSync(join(tmpdir(), 'layers-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries({ ...CLEAN, ...planted })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return lint(root, rules);
}

test('a clean tree has no violation', (t) => assert.deepEqual(found(t, {}), []));

const src = (path, text) => ({ [`server/src/${path}`]: text });
const includes = (...targets) => `${targets.map((target) => `#include "${target}"`).join('\n')}\n`;

const PLANTED = [
  ['an upward include', src('base/bad.cpp', includes('net/loop.hpp')), /layer: base must not include net/],
  ['strangers on one layer', { ...src('http/x.hpp', '#pragma once\n'), ...src('db/bad.cpp', includes('http/x.hpp')) }, /layer: db must not include http/],
  ['an upward include from a test', src('base/bad_test.cpp', includes('net/loop.hpp')), /layer: base/],
  ['an upward link line', { 'server/CMakeLists.txt': CLEAN['server/CMakeLists.txt'].replace('fmt::fmt', 'medialith_net') }, /layer: base must not link net/],
  ['a cycle', { ...src('base/a.hpp', `#pragma once\n${includes('base/b.hpp')}`), ...src('base/b.hpp', `#pragma once\n${includes('base/a.hpp')}`) }, /cycle: base\/a.hpp → base\/b.hpp → base\/a.hpp/],
  ['a relative include', src('base/bad.cpp', includes('../base/time.hpp')), /include: "\.\.\/base/],
  ['an include without its module', src('base/bad.cpp', includes('time.hpp')), /include: "time.hpp"/],
  ['an absolute include', src('base/bad.cpp', includes('/usr/include/zlib.h')), /include: "\/usr/],
  ['an include of no file', src('base/bad.cpp', includes('base/none.hpp')), /include: "base\/none.hpp" is no file/],
  ['our header in angle brackets', src('base/bad.cpp', '#include <base/time.hpp>\n'), /include: <base\/time.hpp> is ours/],
  ['a header without its guard', { ...src('base/x.hpp', 'int x();\n'), ...src('net/x.cpp', includes('base/x.hpp')) }, /no #pragma once/],
  ['a library without a fence', src('base/bad.cpp', '#include <leveldb/db.h>\n'), /fence: <leveldb\/db.h> has no fence/],
  ['a dead header', { ...src('base/x.hpp', '#pragma once\n'), ...src('base/x.cpp', includes('base/x.hpp')), ...src('base/x_test.cpp', includes('base/x.hpp')) }, /base\/x.hpp:1: dead/],
  ['a folder in no layer', src('utils/bad.cpp', ''), /utils:1: module: is in no layer/],
  ['a module that CMake does not build', src('media/bad.cpp', ''), /media:1: module: is not in server\/CMakeLists/],
  ['a file too long', src('base/bad.cpp', '\n'.repeat(rules.limits.file_lines + 1)), /size: 601 lines/],
  ['a function too long', src('base/bad.cpp', `int f() {\n${'  g();\n'.repeat(69)}}\n`), /size: a function of 71 lines/],
  ['a method too long', src('base/time.hpp', `#pragma once\nclass A {\n  int f() const {\n${'    g();\n'.repeat(69)}  }\n};\n`), /size: a function of 71 lines/],
  ['a long function with a short table', src('base/bad.cpp', `int f() {\n  const int t[] = {\n    1,\n  };\n${'  g();\n'.repeat(69)}}\n`), /size: a function of 73 lines/],
  ['a test helper in the program', { ...src('base/testing/x.hpp', '#pragma once\n'), ...src('net/bad.cpp', includes('base/testing/x.hpp')) }, /layer: "base\/testing\/x.hpp" is for tests alone/],
  ['a test helper that nothing uses', { ...src('base/testing/x.hpp', '#pragma once\n'), ...src('base/testing/x.cpp', includes('base/testing/x.hpp')) }, /base\/testing\/x.hpp:1: dead/],
  ['a C++ test in no target', { 'tests/other_test.cpp': '' }, /test: is in no CMake target/],
  ['a test for one only', { 'tests/api/x.test.mjs': "test.only('x', () => {});\n" }, /word: a test that does not run/],
];

for (const [name, planted, expected] of PLANTED) {
  test(`planted: ${name}`, (t) => {
    const violations = found(t, planted);
    assert.ok(violations.some((line) => expected.test(line)), `not found in:\n${violations.join('\n')}`);
  });
}

test('a header that a simulation in tests/ uses is not dead', (t) => {
  assert.deepEqual(found(t, { ...src('base/x.hpp', '#pragma once\n'), 'tests/sim_test.cpp': '#include "base/x.hpp"\n' }), []);
});

test('a helper for tests needs no more than its own test', (t) => {
  assert.deepEqual(found(t, { ...src('base/testing/x.hpp', '#pragma once\n'), ...src('base/testing/x_test.cpp', includes('base/testing/x.hpp')) }), []);
});

test('a table is data, at the top of a file and in a function', (t) => {
  const rows = `${'  {1},\n'.repeat(100)}`;
  assert.deepEqual(found(t, src('base/bad.cpp', `constexpr std::array kRows = {\n${rows}};\nstd::vector<Row> rows() {\n  return {\n${rows}  };\n}\n`)), []);
});

test('a class, an enum and a namespace may be long', (t) => {
  const long = (head) => `${head} {\n${'  int x;\n'.repeat(100)}}\n`;
  assert.deepEqual(found(t, src('base/bad.cpp', `${long('namespace a')}${long('enum class B : int')}${long('struct C final : public D')}`)), []);
});

for (const fence of rules.fences) {
  test(`planted: <${fence.example}> outside its fence`, (t) => {
    assert.match(found(t, src('domain/bad.cpp', `#include <${fence.example}>\n`)).join('\n'), /fence: .* stands only in/);
  });
}

for (const word of rules.words) {
  test(`planted: ${word.example}`, (t) => {
    const path = ['base/bad_test.cpp', 'base/time.hpp', 'base/bad.cpp'].find((name) => new RegExp(word.in).test(name) && !(word.except && new RegExp(word.except).test(name)));
    assert.match(found(t, src(path, `#pragma once\n${word.example}\n`)).join('\n'), /word: /);
  });
}
