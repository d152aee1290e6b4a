// A file of 1 GB is copied in pieces: the memory of the process does not grow with it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Deployment } from './lib/deployment.mjs';
import { reportOf, startCopy } from './lib/copy.mjs';

const MB = 1 << 20;
const SIZE = 1024 * MB;
const MOST_RESIDENT_MB = 96;

function uploadLarge(port) {
  return new Promise((done, fail) => {
    const out = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/uploads?filename=large.bin', headers: { 'Content-Length': SIZE } });
    out.on('response', (answer) => answer.resume().on('end', () => done(answer.statusCode)));
    out.on('error', fail);
    const piece = randomBytes(MB);
    let sent = 0;
    const more = () => {
      while (sent < SIZE) {
        sent += MB;
        if (!out.write(piece)) return out.once('drain', more);
      }
      out.end();
    };
    more();
  });
}

test('memory stays bounded with a file of 1 GB', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'medialith-copy-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const source = await Deployment.serve(join(root, 'from'));
  assert.equal(await uploadLarge(source.server.port), 201);
  await source.stop();

  const { child, ended } = startCopy({ from: join(root, 'from'), to: join(root, 'to') });
  let most = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      most = Math.max(most, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // it has ended
    }
  }, 20);
  const { status, stdout, stderr } = await ended;
  clearInterval(watch);
  assert.equal(status, 0, stderr);
  assert.equal(reportOf(stdout).sent, 1);
  t.diagnostic(`most memory: ${most.toFixed(0)} MB`);
  assert.ok(most > 0 && most < MOST_RESIDENT_MB, `${most} MB`);
});
