// A server of its own with an empty data folder, a Chromium, and what the tests do with both.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
export const binary = resolve(env.SERVER_BINARY ?? join(root, 'build/release/medialith'));
export const pictures = join(root, 'build/e2e');

/** Polls until it holds: for what is shown before it is answered, and for what the page says a moment later. */
export async function until(holds, what) {
  for (const end = Date.now() + 15_000; Date.now() < end; ) if (await holds()) return;
  throw new Error(`Not within 15 seconds: ${what}`);
}

/** The real server as a process. */
export class Server {
  #process = null;
  #log = '';
  url = '';

  constructor(variables = {}, listen = '127.0.0.1:0') {
    if (!existsSync(binary)) throw new Error(`There is no server at ${binary}: build it, or name one in SERVER_BINARY.`);
    this.data = mkdtempSync(join(tmpdir(), 'medialith-e2e-'));
    this.variables = variables;
    this.listen = listen;
  }

  /** Starts on a free port; after a stop, on the same one. Resolves when the server has said where it listens. */
  async start() {
    const listen = this.url === '' ? this.listen : new URL(this.url).host;
    const child = spawn(binary, ['serve', '--listen', listen, '--data', this.data], {
      env: { ...env, ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#log = '';
    this.url = await new Promise((found, failed) => {
      const read = (text) => {
        this.#log += text;
        const address = /^ {2}API +(http:\/\/[\d.]+:\d+)\/v1 /m.exec(this.#log);
        if (address) found(address[1]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', failed);
      child.once('exit', (code) => failed(new Error(`The server ended with ${code} before it listened:\n${this.#log}`)));
    });
    await until(() => fetch(`${this.url}/v1/assets?limit=1`).catch(() => null), 'the server answers');
  }

  /** The address that it told people to open. */
  get link() {
    return /^ {2}Open +(\S+)/m.exec(this.#log)[1];
  }

  /** Ends it without warning, as a power cut would. */
  async kill(signal = 'SIGKILL') {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /**
   * Stores one file as an app does. A connection of its own each time: painting a picture blocks this process for so long
   * that a kept one would be closed meanwhile.
   */
  async upload(filename, body) {
    const url = `${this.url}/v1/uploads?filename=${encodeURIComponent(filename)}`;
    const sending = request(url, { method: 'POST', agent: false, headers: { 'Content-Length': body.length } });
    sending.end(body);
    const [answer] = await once(sending, 'response');
    answer.resume();
    if (answer.statusCode !== 201) throw new Error(`${filename}: ${answer.statusCode}`);
  }

  command(words, input) {
    return execFileSync(binary, [...words, '--data', this.data], { input, env: { ...env, ...this.variables } });
  }

  async dispose() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}

export function launchBrowser() {
  const found = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium')).find(existsSync);
  const executablePath = env.CHROMIUM ?? found;
  if (executablePath === undefined) throw new Error('There is no chromium on PATH.');
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Everything the browser complains about: errors, exceptions, what the content security policy refused. */
export class Complaints {
  #all = [];
  #expected = [];

  watch(page) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#all.push(message.text());
    });
    page.on('pageerror', (error) => this.#all.push(`uncaught: ${error.stack ?? error}`));
    return page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}`);
      });
    });
  }

  /** A test that provokes a failed request says so: the browser logs each of them. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  get unexpected() {
    return this.#all.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }
}

/** Drops files on the page as the desktop does: the browser itself makes the event. Returns when the page has it. */
export async function dropFiles(page, folder, files) {
  const paths = Object.entries(files).map(([name, bytes]) => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  });
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const { width, height } = page.viewportSize();
  const at = { x: Math.round(width / 2), y: Math.round(height / 2) };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await client.send('Input.dispatchDragEvent', { type, ...at, data });
  await client.detach();
}

/** The tiles as the reader sees them: name, box, whether the picture is really there. */
export function tiles(page) {
  return page.locator('[role=option]').evaluateAll((elements) =>
    // In list order: the tile with the focus may stand last in the document.
    elements.sort((a, b) => a.dataset.index - b.dataset.index).map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const picture = element.querySelector('img');
      return {
        id: element.dataset.id,
        index: Number(element.dataset.index),
        name: element.getAttribute('aria-label').split(',')[0],
        x, y, width, height,
        shown: picture !== null && picture.complete && picture.naturalWidth > 0,
      };
    }),
  );
}

/** The list on the page is the one that was asked for last: until then the one before it stands there. */
export const listed = (page) => page.locator('main[aria-busy=false]').waitFor();

/** At least so many pictures are in the window, and all of them are drawn. One that waits for its turn has no source yet. */
export function picturesShown(page, least = 0) {
  return page.waitForFunction(async (fewest) => {
    const inside = [...document.querySelectorAll('img')].filter((image) => {
      const { top, bottom, width } = image.getBoundingClientRect();
      return bottom > 0 && top < innerHeight && width > 0;
    });
    if (inside.length < fewest || inside.some((image) => !image.complete || image.naturalWidth === 0)) return false;
    // A picture that leaves while it is decoded rejects: then the next look decides.
    const decoded = await Promise.allSettled(inside.map((image) => image.decode()));
    return decoded.every(({ status }) => status === 'fulfilled');
  }, least);
}

/** Pixels by which the page is wider than its window; 0 is right. */
export function sidewaysScroll(page) {
  return page.evaluate(() => {
    const widest = Math.max(...['html', 'main', '.inspector .details'].map((selector) => {
      const element = document.querySelector(selector);
      return element === null ? 0 : element.scrollWidth - element.clientWidth;
    }));
    // A bar that is cut off scrolls nowhere, and yet its end cannot be reached.
    const cut = Math.max(...[...document.querySelectorAll('.top, .bar, .status')].map((bar) => bar.scrollWidth - bar.clientWidth));
    return Math.max(widest, cut);
  });
}

/**
 * A screenshot of a page that has come to rest: two in a row are equal. A browser without a graphics card may still be
 * drawing large pictures when it says that they are loaded.
 */
export async function screenshot(page, name) {
  const take = () => page.screenshot({ animations: 'disabled' });
  let [before, now] = [await take(), await take()];
  for (let i = 0; i < 20 && !before.equals(now); i++) [before, now] = [now, await take()];
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, name), now);
}
