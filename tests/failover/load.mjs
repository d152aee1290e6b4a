// Clients that write, and keep what was acknowledged: each works on generations of its own, so that the last value of each is
// known.
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client } from '../crash/lib/client.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const GIVE_UP_MS = 90_000;
// Shorter than any Retry-After, so that the gap is measured and not the wait; long enough not to spin.
const BETWEEN_TRIES_MS = 50;

export class Load {
  constructor(port, random) {
    Object.assign(this, { port, random, stopped: false, acknowledged: 0, refused: 0, unknown: 0, wrong: [], kept: new Map() });
    this.longestGap = 0;
    this.lastAnswer = Date.now();
  }

  start(clients) {
    this.done = Promise.all(Array.from({ length: clients }, (_, i) => this.#work(i)));
  }

  async stop() {
    this.stopped = true;
    await this.done;
  }

  /** The same request with the same key, until it is acknowledged; undefined when it is refused for good, which is wrong. */
  async #until(client, request) {
    const headers = { ...request.headers, 'Idempotency-Key': randomUUID() };
    const deadline = Date.now() + GIVE_UP_MS;
    for (;;) {
      const answer = await client.send({ ...request, headers });
      if (answer.status >= 200 && answer.status < 300) {
        this.acknowledged++;
        this.longestGap = Math.max(this.longestGap, Date.now() - this.lastAnswer);
        this.lastAnswer = Date.now();
        return answer.json();
      }
      // An unknown outcome is one of them: with the key that each request has it may be asked for again.
      answer.status === 503 && answer.json().code === 'OUTCOME_UNKNOWN' ? this.unknown++ : this.refused++;
      if (answer.status !== 503 || !answer.headers['retry-after']) {
        this.wrong.push(`${request.method} ${request.path} got ${answer.status ?? answer.why}: ${answer.bytes?.toString().slice(0, 200)}`);
      }
      if (answer.status >= 400 && answer.status < 500) return undefined;
      if (Date.now() > deadline) throw new Error(`${request.method} ${request.path} was not acknowledged within ${GIVE_UP_MS} ms`);
      await setTimeout(BETWEEN_TRIES_MS);
    }
  }

  async #work(number) {
    const client = new Client(this.port);
    for (let n = 0; !this.stopped; n++) await this.#workOn(`c${number}n${n}`, client);
    client.close();
  }

  async #workOn(token, client) {
    const body = JSON.stringify({ modelId: 'flux', prompt: `${token} value 0` });
    const made = await this.#until(client, { method: 'POST', path: '/v1/generations', headers: JSON_TYPE, body });
    if (!made) return;
    const state = { id: made.id, value: 0, files: [] };
    this.kept.set(token, state);
    const bytes = Buffer.from(`${token} ${'x'.repeat(this.random.below(2000))}`);
    const file = await this.#until(client, { method: 'POST', path: `/v1/uploads?filename=${token}.txt&generationId=${made.id}`, headers: {}, body: bytes });
    if (!file) return;
    state.files.push({ id: file.id, sha256: sha256(bytes) });
    for (let value = 1; value <= 3; value++) {
      const patch = JSON.stringify({ prompt: `${token} value ${value}` });
      if (!(await this.#until(client, { method: 'PATCH', path: `/v1/generations/${made.id}`, headers: JSON_TYPE, body: patch }))) return;
      state.value = value;
    }
  }

  /** What is not as it was acknowledged: sentences. */
  async lost() {
    const client = new Client(this.port);
    const problems = [];
    const seen = new Map();
    let cursor = '';
    do {
      const answer = await client.send({ path: `/v1/generations?limit=100${cursor}` });
      if (answer.status !== 200) throw new Error(`the list answers ${answer.status ?? answer.why}`);
      const page = answer.json();
      for (const { id, prompt } of page.items) {
        const [token, , value] = prompt.split(' ');
        if (seen.has(token)) problems.push(`doubled: ${token} is ${seen.get(token).id} and ${id}`);
        seen.set(token, { id, value: Number(value) });
      }
      cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : null;
    } while (cursor !== null);
    for (const [token, { id, value, files }] of this.kept) {
      const found = seen.get(token);
      if (found?.id !== id) problems.push(`lost: ${token} was acknowledged as ${id}`);
      else if (found.value !== value) problems.push(`lost: ${token} has value ${found.value}, ${value} was acknowledged`);
      for (const file of files) {
        const answer = await client.send({ path: `/v1/assets/${file.id}/content` });
        if (answer.status !== 200) problems.push(`lost: the file of ${token} answers ${answer.status ?? answer.why}`);
        else if (sha256(answer.bytes) !== file.sha256) problems.push(`wrong: the bytes of the file of ${token}`);
      }
    }
    for (const token of seen.keys()) if (!this.kept.has(token)) problems.push(`invented: ${token}`);
    client.close();
    return problems;
  }
}
