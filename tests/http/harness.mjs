// The real server as a process with a data folder of its own, and raw sockets to it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { env } from 'node:process';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../lib/environment.mjs';
import { Client } from './client.mjs';
import { Contract } from './contract.mjs';
import { filesOf, stagingMs, storageVariables } from './storage.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
export const binary = resolve(env.MEDIALITH_BIN ?? env.SERVER_BINARY ?? join(root, 'build/release/medialith'));

const START_MS = 60_000;
const STOP_MS = 20_000;
const SANITIZER = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:/;

/** Asks again until `condition` gives something truthy; fails after `ms` with what it was waiting for. */
export async function until(what, condition, ms = 10_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < deadline, `waited ${ms} ms for ${what}`);
    await new Promise((next) => setTimeout(next, 5));
  }
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'medialith-http-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the binary to its end: {status, stdout, stderr}. `storage`: see storageVariables(). */
export function run(words, { variables = {}, storage, input } = {}) {
  const data = words.includes('--data') ? words[words.indexOf('--data') + 1] : variables.MEDIALITH_DATA;
  const kept = data === undefined ? {} : storageVariables(data, storage);
  try {
    const stdout = execFileSync(binary, words, { env: cleanEnvironment({ ...kept, ...variables }), input, stdio: ['pipe', 'pipe', 'pipe'], timeout: START_MS });
    return { status: 0, stdout: stdout.toString(), stderr: '' };
  } catch (error) {
    assert.notEqual(error.status, null, `${words.join(' ')} did not end by itself: ${error.message}`);
    return { status: error.status, stdout: error.stdout.toString(), stderr: error.stderr.toString() };
  }
}

export class Server {
  #child = null;
  #exit = null;
  #stderr = '';
  #hasOwnFolder;
  #folder;

  constructor({ variables = {}, words = [], data, listen = '127.0.0.1:0', storage } = {}) {
    this.variables = variables;
    this.words = words;
    this.listen = listen;
    this.#hasOwnFolder = data === undefined;
    this.#folder = data === undefined ? mkdtempSync(join(tmpdir(), 'medialith-http-')) : null;
    this.data = data ?? join(this.#folder, 'data');
    this.storage = storage;
    this.files = filesOf(this.data, storage);
  }

  /** Starts one for this test alone. */
  static async forTest(t, options) {
    const server = new Server(options);
    t.after(() => server.dispose());
    await server.start();
    return server;
  }

  async start() {
    assert.ok(existsSync(binary), `There is no server at ${binary}: build it, or name one in MEDIALITH_BIN.`);
    const child = spawn(binary, ['serve', '--listen', this.listen, '--data', this.data, ...this.words], {
      env: cleanEnvironment({ ...storageVariables(this.data, this.storage), ...this.variables }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#stderr = '';
    this.banner = '';
    this.#exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
    child.stderr.on('data', (text) => (this.#stderr += text));
    child.stdout.on('data', (text) => (this.banner += text));
    let ended = null;
    this.#exit.then((how) => (ended = how));
    const address = await until('the banner', () => {
      assert.equal(ended, null, `The server ended with ${ended?.code ?? ended?.signal} before it listened:\n${this.#stderr}`);
      return /^ {2}API +(https?:\/\/\S+)\/v1 .*\n[^]*\n\n$/m.exec(this.banner);
    }, START_MS);
    this.base = this.variables.MEDIALITH_BASE_PATH ?? '';
    this.url = address[1].slice(0, address[1].length - this.base.length);
    const { hostname, port, protocol } = new URL(this.url);
    this.host = hostname;
    this.port = Number(port);
    this.secure = protocol === 'https:';
    this.contract = await Contract.of(this);
    this.client = new Client(this);
    return this;
  }

  get pid() {
    return this.#child.pid;
  }

  get running() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal without waiting. */
  signal(name) {
    this.#child.kill(name);
  }

  /** Resolves with {code, signal} when the process has ended. */
  get exited() {
    return this.#exit;
  }

  /** Lines of the log about requests that a test makes fail: a pattern. */
  meantToFail;

  /** Asks it to end, and checks that it did so well: status 0, nothing from a sanitizer, no failure in its log. */
  async stop() {
    if (this.#child === null) return;
    this.client?.close();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    const how = await this.#exit;
    clearTimeout(timer);
    this.#child = null;
    assert.doesNotMatch(this.#stderr, SANITIZER);
    assert.deepEqual(how, { code: 0, signal: null }, `SIGTERM ended the server badly:\n${this.#stderr}`);
    const failures = this.log().split('\n').filter((line) => /"request_broke"|"request_failed"/.test(line) && !this.meantToFail?.test(line));
    assert.deepEqual(failures, [], 'the server failed at a request');
  }

  async restart(changes = {}) {
    await this.stop();
    Object.assign(this, changes);
    return this.start();
  }

  async dispose() {
    try {
      await this.stop();
    } finally {
      if (this.#hasOwnFolder) rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  log() {
    const file = join(this.data, 'log/medialith.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** What can be seen of uploads on their way. */
  async underWay() {
    return this.files.underWay(this);
  }

  /** Waits for nothing to be on its way any more. */
  async nothingUnderWay() {
    await until('staging to be empty', async () => (await this.underWay()).length === 0, stagingMs);
  }

  /** The keys of all kept bytes, such as users/…/….png. */
  blobFiles() {
    return this.files.kept();
  }

  /** What is kept under a key. */
  blobBytes(key) {
    return this.files.bytes(key);
  }

  /** Whether a new connection is refused. */
  refuses() {
    return new Promise((answer) => {
      const socket = connect(this.port, this.host, () => {
        socket.destroy();
        answer(false);
      });
      socket.on('error', () => answer(true));
    });
  }

  /** A socket to say anything over. */
  async socket() {
    const options = { host: this.host, port: this.port, allowHalfOpen: true };
    const socket = this.secure ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    const wire = new Wire(socket);
    await once(socket, this.secure ? 'secureConnect' : 'connect');
    return wire;
  }

  /** Sends these bytes, reads until the server closes, and gives its answers, each checked against the API. */
  async exchange(bytes, asked) {
    const wire = await this.socket();
    wire.write(bytes);
    await wire.closed();
    const answers = wire.answers(asked.map(({ method }) => method));
    assert.equal(wire.rest, '', 'bytes behind the last answer');
    answers.forEach((answer, i) => this.contract.check({ ...asked[i], ...answer }));
    return answers;
  }
}

/** A socket that collects what comes. */
export class Wire {
  received = Buffer.alloc(0);
  ended = false;
  error = null;

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => (this.received = Buffer.concat([this.received, bytes])));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.ended = true));
    socket.on('error', (error) => (this.error = error));
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  /** Resolves when the server has said that nothing follows. */
  async closed(ms = 10_000) {
    await until('the server to close the connection', () => this.ended, ms);
    this.socket.destroy();
  }

  /** Resolves when `count` answers have come. */
  async answered(count, methods = []) {
    return until(`${count} answers; so far: ${JSON.stringify(this.received.toString('latin1').slice(0, 400))}`, () => {
      const answers = this.answers(methods);
      return answers.length >= count ? answers : null;
    });
  }

  close() {
    this.socket.destroy();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  /** The whole answers so far, interim ones (1xx) left out; what is no whole answer stays in `rest`. */
  answers(methods = []) {
    const found = [];
    let at = 0;
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n', at);
      if (end < 0) break;
      const [line, ...fields] = this.received.subarray(at, end).toString('latin1').split('\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
      assert.ok(status >= 100, `no status line: ${line}`);
      const headers = {};
      for (const field of fields) {
        const colon = field.indexOf(':');
        headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
      }
      const start = end + 4;
      if (status < 200) {
        at = start;
        continue;
      }
      const hasBody = methods[found.length] !== 'HEAD' && status !== 204 && status !== 304;
      assert.equal(headers['transfer-encoding'], undefined, 'no answer here is chunked');
      const size = hasBody ? Number(headers['content-length']) : 0;
      if (this.received.length < start + size) break;
      found.push({ status, headers, body: this.received.subarray(start, start + size) });
      at = start + size;
    }
    this.rest = this.received.subarray(at).toString('latin1');
    return found;
  }
}
