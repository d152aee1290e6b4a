// What the real servers of the tests have in common: a temporary folder, a free port, and the way to run one as a program.
//
// Each NAME.mjs beside this file exports `start(options)`, which resolves, once the server answers, to an object of its
// addresses (plain values), `stop()`, and functions such as `restart()` that a test may call. It fails when the server
// cannot start: no test is ever skipped for that.
//
// Run as a program it prints that object as one line of JSON; each line on stdin names a function to call, answered by one
// line (`{"done":…}` or `{"error":"…"}`); the end of stdin, and so the death of whoever started it, stops the server.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOG_TAIL = 4000;
// Above those of Ceph's daemons, below net.ipv4.ip_local_port_range as Linux has it.
const PORTS = [10_000, 32_768];
const START_MS = 60_000;

/// A folder that other users may enter: PostgreSQL refuses to run as root.
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `medialith-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/// A port of 127.0.0.1 that nobody listens on, drawn from those that the kernel gives nobody by itself: so that, until the
/// server listens and while it restarts, no connection has it for its own end, nor a listener that asks for any port.
export async function freePort() {
  for (;;) {
    const port = randomInt(...PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/// Asks again until `condition` gives something truthy; fails after `ms` with what it was waiting for.
export async function until(what, condition, ms) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/// A child process whose output goes to a file in `folder`.
export class Child {
  constructor(folder, command, words, options = {}) {
    this.logFile = join(folder, `${options.name ?? command.split('/').pop()}.log`);
    const log = openSync(this.logFile, 'a', 0o644);
    this.process = spawn(command, words, { stdio: ['ignore', log, log], ...options.spawn });
    closeSync(log);
    this.ended = new Promise((done) => {
      this.process.once('exit', (code, signal) => done((this.end = code ?? signal)));
      this.process.once('error', (error) => done((this.end = error.message)));
    });
  }

  /// Waits until `condition` holds; fails with the log when the process ends first or the time is over.
  async ready(condition, ms = START_MS) {
    try {
      await until(`${this.process.spawnfile} to answer`, () => {
        if (this.end !== undefined) throw new Error(`${this.process.spawnfile} ended with ${this.end}`);
        return condition();
      }, ms);
    } catch (error) {
      throw new Error(`${error.message}\n${readFileSync(this.logFile, 'utf8').slice(-LOG_TAIL)}`);
    }
  }

  /// Sends `signal`, and SIGKILL when that has not ended it after `ms`.
  async stop(signal = 'SIGTERM', ms = 10_000) {
    if (this.end !== undefined) return;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), ms);
    await this.ended;
    clearTimeout(timer);
  }
}

export function removeFolder(folder) {
  // Children of a server that was killed may write for a moment longer.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

/// At the end of each NAME.mjs: runs `start` when that file is the program. `--name=value` words become its options.
export async function runAsProgram(url, start) {
  if (argv[1] === undefined || fileURLToPath(url) !== argv[1]) return;
  const options = Object.fromEntries(argv.slice(2).map((word) => word.replace(/^--/, '').split(/=(.*)/s, 2)));
  const say = (value) => stdout.write(`${JSON.stringify(value)}\n`);
  let server;
  try {
    server = await start(options);
    say(server);
    // Only now: an input that ended meanwhile would never be seen to end by an interface that was made before.
    for await (const name of createInterface({ input: stdin })) say(await answer(server, name));
  } catch (error) {
    console.error(error.message);
  } finally {
    await server?.stop();
  }
  exit(server ? 0 : 1);
}

async function answer(server, name) {
  try {
    if (typeof server[name] !== 'function') throw new Error(`this server has no ${name}()`);
    return { done: (await server[name]()) ?? null };
  } catch (error) {
    return { error: error.message };
  }
}
