// A served place: filled over the API, and all of it read back to compare two of them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Client } from '../../crash/lib/client.mjs';
import { startServer } from '../../crash/lib/server.mjs';

const PAGE = 100;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const living = new Set();

/** Those that a test that failed has left behind. */
export function killDeployments() {
  for (const deployment of living) deployment.server.child.kill('SIGKILL');
}

export class Deployment {
  static async serve({ data, variables = {} }) {
    const server = await startServer({ data, environment: variables });
    if (server.port === 0) server.child.kill('SIGKILL'); // it may be late
    assert.ok(server.port > 0, `no server over ${data}:\n${server.output}`);
    return new Deployment(server);
  }

  constructor(server) {
    this.server = server;
    this.client = new Client(server.port);
    living.add(this);
  }

  async call(method, path, { status = 200, json, body, headers = {} } = {}) {
    const bytes = json === undefined ? body : JSON.stringify(json);
    const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await this.client.send({ method, path, headers: { ...type, ...headers }, body: bytes });
    assert.equal(answer.kind, 'answer', `${method} ${path}: ${answer.why}`);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.bytes.toString().slice(0, 300)}`);
    return answer;
  }

  async generate(members) {
    return (await this.call('POST', '/v1/generations', { status: 201, json: { modelId: 'flux', ...members } })).json();
  }

  async upload(bytes, filename, generation) {
    const home = generation ? `&generationId=${generation.id}` : '';
    return (await this.call('POST', `/v1/uploads?filename=${filename}${home}`, { status: 201, body: bytes })).json();
  }

  async list(path) {
    const items = [];
    let cursor = '';
    do {
      const page = (await this.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}${cursor}`)).json();
      items.push(...page.items);
      cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : null;
    } while (cursor !== null);
    return items;
  }

  /** Every row that the API shows, and the SHA-256 of every file's bytes as they are served. */
  async everything() {
    const generations = await this.list('/v1/generations?view=full');
    const assets = await this.list('/v1/assets');
    const files = {};
    for (const asset of assets) {
      files[asset.id] = sha256((await this.call('GET', `/v1/assets/${asset.id}/content`)).bytes);
      assert.equal(files[asset.id], asset.sha256, `the bytes of ${asset.id}`);
    }
    return { me: (await this.call('GET', '/v1/me')).json(), generations, assets, files };
  }

  async stop() {
    living.delete(this);
    this.client.close();
    this.server.child.kill('SIGTERM');
    await this.server.closed;
    assert.equal(this.server.how, 0, this.server.output);
  }
}

/** Writes until it is told to stop: new generations with files, changed ones, deleted ones. Resolves with their number. */
export function keepWriting(deployment, random) {
  let stopped = false;
  const done = (async () => {
    let writes = 0;
    const living = [];
    while (!stopped) {
      const made = await deployment.generate({ prompt: `a heron of the load, number ${writes}`, tags: ['load'] });
      await deployment.upload(Buffer.from(`pixels ${writes} ${'x'.repeat(random.below(20_000))}`), `load-${writes}.txt`, made);
      living.push(made.id);
      const chosen = living[random.below(living.length)];
      if (random.below(3) === 0) await deployment.call('PATCH', `/v1/generations/${chosen}`, { json: { prompt: `an egret, ${writes}` } });
      if (random.below(5) === 0) {
        await deployment.call('DELETE', `/v1/generations/${chosen}`, { status: 204 });
        living.splice(living.indexOf(chosen), 1);
      }
      writes++;
    }
    return writes;
  })();
  return {
    stop() {
      stopped = true;
      return done;
    },
  };
}
