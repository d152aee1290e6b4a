// Builds dist/: npm packages (when the lock changed), the page, its compressed twins.
//
//   node scripts/build.mjs                builds
//   node scripts/build.mjs --if-changed   the same, unless dist/ was made from exactly these sources
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, chdir, exit, execPath, stderr, versions } from 'node:process';
import { fileURLToPath } from 'node:url';
import { compressFolder } from './compress.mjs';

const inputs = ['index.html', 'package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.json', 'public', 'src', 'scripts'];
const stamp = 'dist/.inputs';
const installed = 'node_modules/.installed-lock';

chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
checkNode();
const digest = digestOf(inputs.flatMap(filesUnder));
const current = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
if (!(argv.includes('--if-changed') && current)) {
  install();
  run(execPath, 'node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn');
  compressFolder('dist');
  writeFileSync(stamp, digest);
}

/** Vite runs on Node 20.19 and later. */
function checkNode() {
  const [major, minor] = versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stderr.write(`console: Node 20.19 or later is needed, this is ${versions.node}. \`make build\` brings its own.\n`);
  exit(1);
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().flatMap((name) => filesUnder(join(path, name)));
}

/** Content, not times: a second build folder or a fresh checkout of the same commit has nothing to do. */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function install() {
  const lock = readFileSync('package-lock.json');
  if (existsSync(installed) && readFileSync(installed).equals(lock)) return;
  rmSync(installed, { force: true });
  // --include=dev: Vite is needed also where NODE_ENV says production.
  run('npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--ignore-scripts');
  copyFileSync('package-lock.json', installed);
}

function run(command, ...options) {
  const { status, error } = spawnSync(command, options, { stdio: 'inherit' });
  if (error !== undefined) stderr.write(`console: ${command}: ${error.message}\n`);
  if (status !== 0) exit(status ?? 1);
}
