// Calls over HTTP, each answer checked against the API's own description.
import assert from 'node:assert/strict';
import { request as httpRequest, Agent as HttpAgent } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';

const BULK_MS = 60_000;

export class Answer {
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
  get text() {
    return this.body.toString('utf8');
  }
  get json() {
    return JSON.parse(this.text);
  }
  get code() {
    return this.json.code;
  }
  /** The paths of the members that a 400 names, sorted. */
  get fields() {
    return (this.json.fields ?? []).map(({ path }) => path).sort();
  }
}

export class Client {
  #agent;
  #standing;

  /** `headers`: sent with every call, such as who is calling. */
  constructor(server, headers = {}) {
    this.server = server;
    this.#standing = headers;
    this.#agent = server.secure ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: false }) : new HttpAgent({ keepAlive: true });
  }

  /** The same server, with these headers too. */
  as(headers) {
    return new Client(this.server, { ...this.#standing, ...headers });
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * `path` is sent as it stands. `json` is sent as JSON, text as it stands; `body` as bytes. Options: `type`, `key`
   * (Idempotency-Key), `ifMatch`, `headers`, `chunked`, `unlisted` and `unrouted` (see Contract.check).
   */
  call(method, path, { json, body, type, key, ifMatch, headers = {}, chunked = false, unlisted = false, unrouted = false, agent } = {}) {
    const bytes = json !== undefined ? Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)) : body;
    const sent = { ...this.#standing, ...headers };
    if (type !== undefined) sent['Content-Type'] = type;
    else if (json !== undefined) sent['Content-Type'] = 'application/json';
    if (key !== undefined) sent['Idempotency-Key'] = key;
    if (ifMatch !== undefined) sent['If-Match'] = ifMatch;
    if (bytes !== undefined && !chunked) sent['Content-Length'] = bytes.length;
    if (chunked) sent['Transfer-Encoding'] = 'chunked';
    const send = this.server.secure ? httpsRequest : httpRequest;
    return new Promise((done, failed) => {
      const asking = send(
        { host: this.server.host, port: this.server.port, method, path: this.server.base + path, headers: sent, agent: agent ?? this.#agent, rejectUnauthorized: false },
        (incoming) => {
          const pieces = [];
          incoming.on('data', (piece) => pieces.push(piece));
          incoming.on('error', failed);
          incoming.on('end', () => {
            const answer = new Answer(incoming.statusCode, incoming.headers, Buffer.concat(pieces));
            try {
              this.server.contract.check({ method, path, status: answer.status, headers: answer.headers, body: answer.body, unlisted, unrouted, sent: json !== undefined ? bytes : undefined, type: sent['Content-Type'] });
              done(answer);
            } catch (error) {
              failed(error);
            }
          });
        },
      );
      asking.on('error', failed);
      asking.end(bytes);
    });
  }

  get(path, options) {
    return this.call('GET', path, options);
  }
  head(path, options) {
    return this.call('HEAD', path, options);
  }
  post(path, json, options) {
    return this.call('POST', path, { json, ...options });
  }
  put(path, json, options) {
    return this.call('PUT', path, { json, ...options });
  }
  patch(path, json, options) {
    return this.call('PATCH', path, { json, ...options });
  }
  delete(path, options) {
    return this.call('DELETE', path, options);
  }

  /** Keeps a generation and gives it. */
  async generation(members = {}) {
    const answer = await this.post('/v1/generations', { modelId: 'a-model', ...members });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  }

  /** Uploads raw bytes. `query`: filename, generationId. */
  upload(bytes, { query = {}, ...options } = {}) {
    const search = new URLSearchParams(query).toString();
    return this.call('POST', `/v1/uploads${search && '?'}${search}`, { body: bytes, ...options });
  }

  /** Uploads raw bytes that are new, and gives the asset. */
  async asset(bytes, query = {}) {
    const answer = await this.upload(bytes, { query });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  }

  /** The bulk operation that `answer` is about, when it is completed. */
  async completed(answer) {
    for (const until = Date.now() + BULK_MS; answer.status === 202 && Date.now() < until; ) answer = await this.get(`/v1/bulk/${answer.json.operation}`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.state, 'completed');
    return answer.json;
  }

  /** Every item of a list, page by page. */
  async all(path, limit = 100) {
    const items = [];
    for (let cursor = ''; ; ) {
      const page = await this.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor && '&cursor='}${cursor}`);
      assert.equal(page.status, 200, page.text);
      items.push(...page.json.items);
      if (page.json.nextCursor === null) return items;
      cursor = page.json.nextCursor;
    }
  }
}
