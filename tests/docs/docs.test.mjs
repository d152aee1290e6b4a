// Runs what the documentation shows, as it stands there, against servers of its own. Only addresses and the placeholders
// THE_ID… and THE_ASSET_ID are replaced; a call has to get a 2xx, or the status that a comment behind it names.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { encodePng } from '../lib/png.mjs';
import { binary, blocks, expected, Shell, statements } from './page.mjs';

const DOCUMENTED = 'http://127.0.0.1:8787';

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'medialith-docs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/// A server over `data` until the test ends, or until `stop()`.
async function startServer(t, data, variables = {}) {
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], { env: { ...process.env, ...variables }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const stop = () => (child.kill('SIGTERM'), ended);
  t.after(stop);
  let banner = '';
  const address = await new Promise((found, failed) => {
    child.stdout.on('data', (bytes) => {
      banner += bytes;
      const listening = /^ {2}API +(http:\/\/\S+)\/v1 [^]*\n\n$/m.exec(banner);
      if (listening) found(listening[1]);
    });
    ended.then(([code]) => failed(new Error(`the server ended with ${code}: ${banner}`)));
  });
  return { address, stop, link: /^ {2}Open +(\S+)/m.exec(banner)[1] };
}

/// Runs the statements one after the other, each as a test of its own; `replace` fills in addresses and ids.
async function runAll(t, shell, all, replace = (text) => text, look = () => {}) {
  for (const statement of all) {
    await t.test(statement.replace(/\s+/g, ' ').slice(0, 100), () => {
      const result = shell.run(replace(statement));
      const said = `${result.output}\n${result.problems}`;
      assert.ok(result.ok, said);
      if (/\bcurl /.test(statement)) assert.match(result.status ?? 'none', new RegExp(`^${expected(statement)}$`), said);
      look(result);
    });
  }
}

/// The statements of a page that are meant for this test: at least `least` of them, so that none is lost unseen.
function chosen(page, pattern, least) {
  const found = blocks(page, 'sh').flatMap(statements).filter((statement) => pattern.test(statement));
  assert.ok(found.length >= least, `${page}: only ${found.length} statements found`);
  return found;
}

for (const [page, least] of [['README.md', 3], ['docs/start.md', 8]]) {
  test(`${page}: every call succeeds`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'fox.png'), encodePng({ width: 2, height: 3 }));
    const { address } = await startServer(t, join(folder, 'data'));
    const ids = {};
    const replace = (text) => text.replaceAll(DOCUMENTED, address).replaceAll('THE_ASSET_ID', ids.asset).replace(/THE_ID(_ABOVE)?/g, ids.generation);
    await runAll(t, new Shell(folder), chosen(page, /^curl /, least), replace, ({ output }) => {
      const body = output ? JSON.parse(output) : {};
      if (body.prompt !== undefined) ids.generation = body.id;
      if (body.sha256) ids.asset = body.id;
    });
  });
}

test('docs/guides/keys.md: keys are made, used and ended', async (t) => {
  const folder = temporaryFolder(t);
  const { address } = await startServer(t, join(folder, 'data'), { HOSTED_MODE: 'true' });
  const shell = new Shell(folder, { variables: { HOSTED_MODE: 'true' } });
  await runAll(t, shell, chosen('docs/guides/keys.md', /./, 9), (text) => text.replaceAll(DOCUMENTED, address));
});

test('docs/guides/fumi.md: the app\'s calls work as they stand', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'fox.png'), encodePng({ width: 2, height: 3 }));
  const { address } = await startServer(t, join(folder, 'data'));
  const bodies = [];
  await runAll(t, new Shell(folder), chosen('docs/guides/fumi.md', /\bcurl /, 18), (text) => text.replaceAll(DOCUMENTED, address), ({ output }) => bodies.push(output));
  const answers = bodies.filter((body) => body !== '').map((body) => JSON.parse(body));
  assert.deepEqual([answers[0].imported, answers[1][0].timestamp], [1, '2023-11-14T22:13:20.000Z']);
  assert.deepEqual(answers.filter(({ checksumSha256 }) => checksumSha256).map(({ duplicate }) => duplicate), [undefined, true]);
  assert.equal(answers.at(-1).deleted, 1);
});

test('docs/guides/nextjs.md: the handlers keep a picture and list it with a link', async (t) => {
  const folder = temporaryFolder(t);
  const { address } = await startServer(t, join(folder, 'data'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  for (const code of blocks('docs/guides/nextjs.md', 'js')) {
    const file = join(folder, /^\/\/ (app\/\S+\.js)\n/.exec(code)[1]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
  process.env.STORAGE_URL = address;
  const { GET, POST } = await import(join(folder, 'app/api/pictures/route.js'));
  const picture = encodePng({ width: 5, height: 4 });
  const form = new FormData();
  form.set('prompt', 'a neon fox');
  form.set('seed', '884213');
  form.set('file', new File([picture], 'fox.png', { type: 'image/png' }));
  const made = await POST(new Request('http://localhost:3000/api/pictures', { method: 'POST', body: form }));
  assert.equal(made.status, 201);
  const kept = await made.json();
  const page = await (await GET(new Request('http://localhost:3000/api/pictures'))).json();
  assert.deepEqual([page.items.length, page.nextCursor], [1, null]);
  const [item] = page.items;
  assert.deepEqual([item.id, item.prompt, item.recipe.seed, item.assets[0].width], [kept.id, 'a neon fox', 884213, 5]);
  const bytes = Buffer.from(await (await fetch(item.assets[0].url)).arrayBuffer());
  assert.ok(bytes.equals(picture));
});

/// A port that nobody has. Another process may take it before nginx does: then nginx says so and the test fails.
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

test('docs/guides/reverse-proxy.md: nginx with this configuration leads to the server', async (t) => {
  const page = 'docs/guides/reverse-proxy.md';
  const folder = temporaryFolder(t);
  const variables = Object.fromEntries(chosen(page, /^export /, 3).map((line) => /^export (\w+)=(\S+)/.exec(line).slice(1)));
  const { address, link } = await startServer(t, join(folder, 'data'), variables);
  assert.match(link, /^https:\/\/media\.example\.com\/#setup=/);
  const port = await freePort();
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=media.example.com', '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  const [site] = blocks(page, 'nginx');
  const own = site.replace('listen 443 ', `listen 127.0.0.1:${port} `).replace('/etc/ssl/media.example.com.pem', certificate).replace('/etc/ssl/media.example.com.key', key).replace(DOCUMENTED, address);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${temporary}\n${own} }`);
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'inherit', 'pipe'] });
  const ended = once(nginx, 'exit');
  let complaints = '';
  nginx.stderr.on('data', (text) => (complaints += text));
  t.after(() => (nginx.kill('SIGTERM'), ended));
  const shell = new Shell(folder, { curl: ['--insecure', '--connect-to', `media.example.com:443:127.0.0.1:${port}`, '--retry', '50', '--retry-connrefused', '--retry-delay', '1'] });
  await runAll(t, shell, chosen(page, /^curl /, 2));
  await t.test('the admin is made, signs in with a Secure cookie and uploads 20 MB', () => {
    const token = link.split('=')[1];
    const json = "-H 'Content-Type: application/json'";
    assert.equal(shell.run(`curl -c jar https://media.example.com/v1/auth/setup ${json} -d '{"token":"${token}","email":"a@example.com","password":"correct horse battery"}'`).status, '201');
    assert.match(readFileSync(join(folder, 'jar'), 'utf8'), /\tTRUE\t\d+\t__Host-medialith\t/);
    writeFileSync(join(folder, 'large.bin'), Buffer.alloc(20_000_000, 'x'));
    assert.equal(shell.run('curl -b jar -X POST -T large.bin https://media.example.com/v1/uploads?filename=large.bin').status, '201');
  });
  assert.equal(complaints.includes('[emerg]'), false, complaints);
});

test('docs/guides/backup.md: a copy is whole and starts', async (t) => {
  const page = 'docs/guides/backup.md';
  const folder = temporaryFolder(t);
  const first = await startServer(t, join(folder, 'data'));
  const kept = await (await fetch(`${first.address}/v1/uploads?filename=fox.png`, { method: 'POST', body: encodePng({ width: 2, height: 3 }) })).json();
  const { url } = await (await fetch(`${first.address}/v1/assets/${kept.id}/url`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json();
  await runAll(t, new Shell(folder), chosen(page, /^medialith (copy|doctor) /, 2));
  await first.stop();
  rmSync(join(folder, 'data'), { recursive: true });
  const second = await startServer(t, join(folder, 'backup'));
  assert.equal((await fetch(new URL(url, second.address))).status, 200, 'a link that was signed before');
});

test('docs/reference is what the program says of itself (else: make docs)', async (t) => {
  const page = (name) => readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8');
  assert.equal(page('configuration.md'), execFileSync(binary, ['docs', 'configuration'], { encoding: 'utf8' }));
  const { address } = await startServer(t, join(temporaryFolder(t), 'data'));
  assert.deepEqual(JSON.parse(page('openapi.json')), await (await fetch(`${address}/openapi.json`)).json());
});
