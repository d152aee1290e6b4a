// The real server binary as a child process, on a port of its own choosing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { cleanEnvironment } from '../../lib/environment.mjs';

export const ROOT = resolve(new URL('../../..', import.meta.url).pathname);
const READY_SECONDS = 20;

export function serverBinary() {
  const { MEDIALITH_BIN, SERVER_BINARY } = process.env;
  return MEDIALITH_BIN ?? SERVER_BINARY ?? join(ROOT, 'build/release/medialith');
}

/// Starts the server over a data folder. Resolves when it listens, or when it has ended before (`server.ended`, which a
/// failpoint met on the way up may cause). `wrap` is put before the command (strace). `environment` is added.
export async function startServer({ data, faults = [], wrap = [], environment = {} }) {
  const command = [...wrap, serverBinary(), 'serve', '--listen', '127.0.0.1:0', '--data', data];
  const env = cleanEnvironment(environment);
  if (faults.length > 0) env.MEDIALITH_TEST_FAULTS = faults.join(',');
  const child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, data, faults, ended: false, output: '', port: 0, pid: child.pid };
  server.closed = once(child, 'close').then(([code, signal]) => {
    server.ended = true;
    server.how = signal ?? code;
  });
  const ready = new Promise((done) => {
    const read = (text) => {
      server.output += text;
      const url = /http:\/\/127\.0\.0\.1:(\d+)\/v1/.exec(server.output);
      if (url) done((server.port = Number(url[1])));
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
  });
  const slow = AbortSignal.timeout(READY_SECONDS * 1000);
  const late = new Promise((done) => slow.addEventListener('abort', done));
  await Promise.race([ready, server.closed, late]);
  return server;
}

export async function killServer(server) {
  server.child.kill('SIGKILL');
  await server.closed;
}
