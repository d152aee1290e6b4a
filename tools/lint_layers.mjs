// Holds the shape of server/src: node tools/lint_layers.mjs [REPOSITORY]. Prints one line per violation, exit code 1 if any.
//
// The rules are data, in tools/layers.json: which module may include which, where third-party headers may stand, words that
// do not belong in the code, sizes. Beside them: includes are "module/file.hpp" of a file that exists, headers form no cycle,
// none is dead, each test is in a CMake target, CMake's link lines follow the same table.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export function lint(root, rules) {
  const tree = readTree(root);
  const context = { rules, tree, layerOf: layersByModule(rules), found: [] };
  checkModules(context, root);
  for (const file of tree.values()) {
    checkIncludes(context, file);
    checkWords(context, file);
    checkSizes(context, file);
  }
  checkCycles(context);
  checkDeadHeaders(context, root);
  checkStrayTests(context, root);
  return context.found.sort();
}

function report(context, file, line, rule, message) {
  context.found.push(`${file}:${line}: ${rule}: ${message}`);
}

/// Every C++ file under server/src by its path there, with its lines, code alone (no comments, no strings), includes.
function readTree(root) {
  const base = join(root, 'server/src');
  const tree = new Map();
  for (const path of readdirSync(base, { recursive: true }).map(String).sort()) {
    if (!/\.(hpp|cpp|h|cc|cxx|inl|ipp)$/.test(path) || statSync(join(base, path)).isDirectory()) continue;
    const lines = readFileSync(join(base, path), 'utf8').split('\n');
    const code = stripComments(lines);
    const includes = [];
    lines.forEach((text, index) => {
      const match = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(text);
      if (match) includes.push({ line: index + 1, quoted: match[1] === '"', target: match[2] });
    });
    tree.set(path, { path, module: path.split('/')[0], lines, code, includes });
  }
  return tree;
}

/// The lines with comments and the insides of string literals blanked. Raw strings over several lines are kept as they
/// are: they hold SQL, where none of the words means anything.
function stripComments(lines) {
  let inBlock = false;
  return lines.map((line) => {
    let out = '';
    for (let i = 0; i < line.length; i++) {
      if (inBlock) {
        if (line.startsWith('*/', i)) [inBlock, i] = [false, i + 1];
      } else if (line.startsWith('//', i)) {
        break;
      } else if (line.startsWith('/*', i)) {
        [inBlock, i] = [true, i + 1];
      } else if (line[i] === '"' && line[i - 1] !== "'") {
        const end = closingQuote(line, i);
        [out, i] = [`${out}""`, end];
      } else {
        out += line[i];
      }
    }
    return out;
  });
}

function closingQuote(line, from) {
  for (let i = from + 1; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === '"') return i;
  }
  return line.length;
}

function layersByModule(rules) {
  return new Map(rules.layers.flatMap((modules, layer) => modules.map((module) => [module, layer])));
}

function mayUse({ rules, layerOf }, from, to) {
  if (from === to || layerOf.get(to) < layerOf.get(from)) return true;
  return rules.edges.some((edge) => edge.from === from && edge.to === to);
}

/// Folders are modules of the table and CMake knows them; its link lines are edges of the table too.
function checkModules(context, root) {
  const cmake = readFileSync(join(root, 'server/CMakeLists.txt'), 'utf8');
  const declared = new Map();
  for (const [, name, rest] of cmake.matchAll(/^medialith_module\((\w+)([^)]*)\)/gm)) declared.set(name, rest);
  for (const module of new Set([...context.tree.values()].map((file) => file.module))) {
    if (!context.layerOf.has(module)) report(context, `server/src/${module}`, 1, 'module', 'is in no layer of tools/layers.json');
    if (!declared.has(module)) report(context, `server/src/${module}`, 1, 'module', 'is not in server/CMakeLists.txt: nothing builds it');
  }
  for (const [name, rest] of declared) {
    for (const [, used] of rest.matchAll(/\bmedialith_(\w+)/g)) {
      if (context.layerOf.has(used) && !mayUse(context, name, used)) report(context, 'server/CMakeLists.txt', 1, 'layer', `${name} must not link ${used}`);
    }
  }
}

function checkIncludes(context, file) {
  for (const { line, quoted, target } of file.includes) {
    const where = `server/src/${file.path}`;
    const fenced = context.rules.fences.some(({ headers }) => new RegExp(headers).test(target));
    if (!quoted || (fenced && !context.tree.has(target))) {
      checkFence(context, file, line, target);
    } else if (target.startsWith('/') || target.split('/').some((part) => part === '..' || part === '.') || !target.includes('/')) {
      report(context, where, line, 'include', `"${target}": name it as "module/file.hpp"`);
    } else if (!context.tree.has(target) && !context.rules.generated_headers.includes(target)) {
      report(context, where, line, 'include', `"${target}" is no file of server/src`);
    } else if (isTest(target) && !isTest(file.path)) {
      report(context, where, line, 'layer', `"${target}" is for tests alone`);
    } else if (!mayUse(context, file.module, target.split('/')[0])) {
      report(context, where, line, 'layer', `${file.module} must not include ${target.split('/')[0]} ("${target}")`);
    }
  }
}

const isTest = (path) => /_(test|fuzz|bench)\.(hpp|cpp)$|\/testing\//.test(path);

function checkFence(context, file, line, target) {
  const { fences, everywhere, system } = context.rules;
  const where = `server/src/${file.path}`;
  if (context.tree.has(target)) return report(context, where, line, 'include', `<${target}> is ours: name it in ""`);
  const fence = fences.find(({ headers }) => new RegExp(headers).test(target));
  if (fence) {
    if (!fence.files.some((files) => new RegExp(files).test(file.path))) {
      report(context, where, line, 'fence', `<${target}> stands only in ${fence.files.join(' ')}`);
    }
  } else if (![...everywhere, ...system].some((pattern) => new RegExp(pattern).test(target))) {
    report(context, where, line, 'fence', `<${target}> has no fence in tools/layers.json`);
  }
}

function checkWords(context, file) {
  for (const word of context.rules.words) {
    if (!new RegExp(word.in).test(file.path) || (word.except && new RegExp(word.except).test(file.path))) continue;
    const pattern = new RegExp(word.pattern);
    (word.text ? file.lines : file.code).forEach((line, index) => {
      const match = pattern.exec(line);
      if (match) report(context, `server/src/${file.path}`, index + 1, 'word', `"${match[0].trim()}": ${word.why}`);
    });
  }
}

function checkSizes(context, file) {
  const { file_lines, function_lines, test_function_lines } = context.rules.limits;
  const where = `server/src/${file.path}`;
  const count = file.lines.length - 1;
  if (count > file_lines) report(context, where, count, 'size', `${count} lines, at most ${file_lines}: split it by subject`);
  if (file.path.endsWith('.hpp') && !file.lines.some((line) => line.startsWith('#pragma once'))) {
    report(context, where, 1, 'include', 'has no #pragma once');
  }
  const most = file.path.endsWith('_test.cpp') ? test_function_lines : function_lines;
  for (const { line, length } of functions(file.code)) {
    if (length > most) report(context, where, line, 'size', `a function of ${length} lines, at most ${most}`);
  }
}

/// Functions as clang-format lays them out: a line that opens a brace and is not a type, a namespace or a table, up to the
/// closing brace in the same column. Bodies inside bodies are not looked at. What a function says in a table, from a line
/// that ends in `= {` or `return {`, is data and does not count.
function* functions(code) {
  for (let i = 0; i < code.length; i++) {
    const open = /^( {0,3})\S.*\{\s*$/.exec(code[i]);
    if (!open || !/[)\w>]\s*(:.*)?\{\s*$/.test(code[i]) || isTable(code[i]) || isScope(code, i)) continue;
    const close = closingLine(code, i, open[1]);
    if (close < 0) return;
    yield { line: i + 1, length: close - i + 1 - linesInTables(code.slice(i + 1, close)) };
    i = close;
  }
}

const isTable = (line) => /(=|\breturn)\s*\{\s*$/.test(line);

const closingLine = (code, from, indent) =>
  code.findIndex((line, index) => index > from && line.startsWith(`${indent}}`) && !line.startsWith(`${indent} `));

function linesInTables(code) {
  let count = 0;
  for (let i = 0; i < code.length; i++) {
    if (!isTable(code[i])) continue;
    const close = closingLine(code, i, /^ */.exec(code[i])[0]);
    if (close < 0) break;
    [count, i] = [count + close - i - 1, close];
  }
  return count;
}

function isScope(code, index) {
  const statement = [];
  for (let i = index; i >= 0 && statement.length < 4; i--) {
    statement.unshift(code[i]);
    if (i < index && /[;{}]\s*$|^\s*$|^\s*#|^\s*(public|private|protected):/.test(code[i])) {
      statement.shift();
      break;
    }
  }
  return /^\s*(inline\s+)?(namespace|extern)\b|^\s*(template\s*<.*>\s*)?(class|struct|union|enum)\b(?!.*\)\s*(const\s*)?(noexcept\s*)?\{)/.test(
    statement.join(' '),
  );
}

/// A cycle among headers, found depth first; each is reported once, at the include that closes it.
function checkCycles(context) {
  const state = new Map();
  const visit = (path, trail) => {
    state.set(path, 'open');
    for (const { line, quoted, target } of context.tree.get(path).includes) {
      if (!quoted || !context.tree.has(target)) continue;
      if (state.get(target) === 'open') {
        const cycle = [...trail.slice(trail.indexOf(target)), target];
        report(context, `server/src/${path}`, line, 'cycle', cycle.join(' → '));
      } else if (!state.has(target)) {
        visit(target, [...trail, target]);
      }
    }
    state.set(path, 'done');
  };
  for (const path of context.tree.keys()) if (!state.has(path)) visit(path, [path]);
}

/// A header that only its own .cpp and its own tests include serves nobody. The programs of tests/ and bench/ count. A
/// header for tests (testing/) is there for them: any test will do.
function checkDeadHeaders(context, root) {
  const users = new Set(includedOutside(root));
  for (const file of context.tree.values()) {
    for (const { quoted, target } of file.includes) {
      if (!quoted || !context.tree.has(target)) continue;
      const stem = target.replace(/\.hpp$/, '');
      const own = new RegExp(`^${stem.replace(/[.*+?^$()|[\]\\]/g, '\\$&')}(_test|_fuzz|_bench)?\\.cpp$`).test(file.path);
      const used = target.includes('/testing/') ? /_(test|fuzz)\.cpp$/.test(file.path) || !own : !own;
      if (used) users.add(target);
    }
  }
  for (const path of context.tree.keys()) {
    if (!path.endsWith('.hpp') || users.has(path) || context.rules.dead_allowed.includes(path)) continue;
    report(context, `server/src/${path}`, 1, 'dead', 'is included by nothing but its own .cpp and tests');
  }
}

function* includedOutside(root) {
  for (const folder of ['tests', 'bench']) {
    if (!existsSync(join(root, folder))) continue;
    for (const path of readdirSync(join(root, folder), { recursive: true }).map(String)) {
      if (!/\.(hpp|cpp)$/.test(path) || path.includes('node_modules/')) continue;
      const text = readFileSync(join(root, folder, path), 'utf8');
      yield* [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, target]) => target);
    }
  }
}

/// Outside server/src, where CMake globs, a C++ test runs only when a CMakeLists.txt names it.
function checkStrayTests(context, root) {
  for (const folder of ['tests', 'bench']) {
    if (!existsSync(join(root, folder))) continue;
    const files = readdirSync(join(root, folder), { recursive: true })
      .map((path) => posix.join(folder, String(path)))
      .filter((path) => !path.includes('node_modules/'));
    const cmake = files.filter((path) => path.endsWith('CMakeLists.txt')).map((path) => readFileSync(join(root, path), 'utf8'));
    for (const path of files.filter((name) => /_(test|fuzz)\.cpp$/.test(name))) {
      const name = posix.basename(path);
      const globbed = cmake.some((text) => text.includes(name) || /GLOB[^)]*\*\.cpp/.test(text));
      if (!globbed) report(context, path, 1, 'test', 'is in no CMake target');
    }
    for (const path of files.filter((name) => /\.test\.m?[jt]sx?$/.test(name))) {
      readFileSync(join(root, path), 'utf8').split('\n').forEach((line, index) => {
        if (/\b(test|it|describe)\.(only|skip)\s*\(/.test(line)) report(context, path, index + 1, 'word', 'a test that does not run is no test');
      });
    }
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const root = resolve(process.argv[2] ?? join(here, '..'));
  const found = lint(root, JSON.parse(readFileSync(join(here, 'layers.json'), 'utf8')));
  for (const line of found) console.log(line);
  console.log(found.length === 0 ? 'layers: clean' : `layers: ${found.length} violations`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
