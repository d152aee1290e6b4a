// clang-tidy over our C++: node tools/tidy.mjs [--changed] [FILE…]. --changed restricts it to what differs from where this
// branch left main (on main: the last commit) and to what is not committed; a changed header checks one file that sees it.
//
// A file that passed is not checked again until it, a header of ours that it sees, .clang-tidy or the compiler's command
// change: build/tidy remembers. Ends with "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const sources = join(root, 'server/src');
const database = join(root, 'build/release');
const memory = join(root, 'build/tidy');

function git(...args) {
  const result = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n').filter(Boolean) : [];
}

function changedFiles() {
  const head = git('rev-parse', 'HEAD')[0];
  const fork = ['origin/main', 'main'].map((name) => git('merge-base', 'HEAD', name)[0]).find((at) => at && at !== head);
  const since = fork ?? git('rev-parse', 'HEAD~1')[0];
  const committed = since ? git('diff', '--name-only', '--diff-filter=d', since) : git('ls-files');
  return [...committed, ...git('ls-files', '--others', '--exclude-standard')].map((path) => join(root, path));
}

const texts = new Map();
function text(file) {
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'utf8'));
  return texts.get(file);
}

/// The file and every header of ours that it sees, however deep.
function seen(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target] of text(file).matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
    const header = join(sources, target);
    if (existsSync(header)) seen(header, found);
  }
  return found;
}

function fingerprint(unit) {
  const hash = createHash('sha256').update(text(join(root, '.clang-tidy'))).update(unit.command);
  for (const file of [...seen(unit.file)].sort()) hash.update(relative(root, file)).update(text(file));
  return join(memory, hash.digest('hex'));
}

/// The units to check: all, or those changed; a changed header is seen through its own .cpp, else the first that sees it.
function choose(units, arguments_) {
  const named = arguments_.filter((argument) => !argument.startsWith('--')).map((path) => join(root, path));
  if (!arguments_.includes('--changed') && named.length === 0) return units;
  const chosen = new Set();
  for (const file of named.length > 0 ? named : changedFiles()) {
    const own = units.find((unit) => unit.file === file || unit.file === file.replace(/\.hpp$/, '.cpp'));
    const witness = own ?? (file.endsWith('.hpp') && units.find((unit) => seen(unit.file).has(file)));
    if (witness) chosen.add(witness);
  }
  return [...chosen];
}

function check(unit) {
  return new Promise((resolve) => {
    const child = spawn('clang-tidy-19', ['--quiet', '-p', database, unit.file], { cwd: root });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('close', (code) => resolve({ ok: code === 0, output: output.replace(/^\d+ warnings? generated\.$/gm, '').trim() }));
  });
}

async function main() {
  const commands = JSON.parse(readFileSync(join(database, 'compile_commands.json'), 'utf8'));
  const units = commands.filter((unit) => unit.file.startsWith(`${sources}/`));
  const queue = choose(units, process.argv.slice(2));
  const total = queue.length;
  mkdirSync(memory, { recursive: true });
  let [passed, failed, done] = [0, 0, 0];
  const work = async () => {
    for (let unit = queue.shift(); unit; unit = queue.shift()) {
      const mark = fingerprint(unit);
      const known = existsSync(mark);
      const result = known ? { ok: true, output: '' } : await check(unit);
      if (result.ok) writeFileSync(mark, '');
      else console.log(result.output);
      result.ok ? passed++ : failed++;
      console.log(`[${++done}/${total}] ${relative(sources, unit.file)}${known ? ' (unchanged)' : ''}`);
    }
  };
  await Promise.all(Array.from({ length: Number(process.env.JOBS ?? 2) }, work));
  // With nothing changed there is nothing to check, which is no failure: the check itself ran.
  console.log(`${total === 0 ? 1 : passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
