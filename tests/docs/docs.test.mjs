// Runs the curl calls that the documentation shows, as they stand there, against a server of its own. Only the address and
// the placeholders THE_ID… and THE_ASSET_ID are replaced.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { crc32 } from './crc32.mjs';
import { deflateSync } from 'node:zlib';

const root = new URL('../..', import.meta.url).pathname;
const binary = process.env.SERVER_BINARY ?? join(root, 'build/release/medialith');

/// The shell blocks of a page that call the server, one command each.
function calls(page) {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text);
  const commands = blocks.join('\n').replace(/\\\n/g, ' ').split(/\n(?=curl |#|\n)/).map((text) => text.trim());
  return commands.filter((text) => text.startsWith('curl '));
}

/// A PNG of 2 × 3 pixels, all black.
function png() {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 3, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(9))), chunk('IEND', Buffer.alloc(0))]);
}

let folder;
let server;
let address;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docs-'));
  writeFileSync(join(folder, 'fox.png'), png());
  server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
  address = await new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (bytes) => {
      said += bytes;
      const found = /Open +(http:\/\/\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  server.removeAllListeners('exit');
});

after(async () => {
  const ended = new Promise((resolve) => server.on('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
});

function run(command, ids) {
  const text = command
    .replaceAll('http://127.0.0.1:8787', address)
    .replace(/THE_ASSET_ID/g, ids.asset)
    .replace(/THE_ID(_ABOVE)?/g, ids.generation);
  const shell = `curl() { command curl --silent --show-error --write-out '\\n%{http_code}' "$@"; }\n${text}`;
  const result = spawnSync('bash', ['-c', shell], { cwd: folder, encoding: 'utf8' });
  const cut = result.stdout.lastIndexOf('\n');
  const body = result.stdout.slice(0, cut);
  return { status: Number(result.stdout.slice(cut + 1)), body: body ? JSON.parse(body) : undefined };
}

for (const page of ['README.md', 'docs/start.md']) {
  test(`${page}: every call succeeds`, async (t) => {
    const ids = {};
    const commands = calls(page);
    assert.ok(commands.length >= 3, `only ${commands.length} calls found`);
    for (const command of commands) {
      await t.test(command.split('\n')[0].replace(/\s+/g, ' ').slice(0, 100), () => {
        const { status, body } = run(command, ids);
        assert.ok(status >= 200 && status < 300, `${status}: ${JSON.stringify(body)}`);
        if (body?.prompt !== undefined) ids.generation = body.id;
        if (body?.sha256) ids.asset = body.id;
      });
    }
  });
}
