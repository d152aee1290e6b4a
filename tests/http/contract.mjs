// What /openapi.json promises, held against every answer: the status is declared, the type and the body fit, and what
// every answer must have is there.
import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import Ajv2020 from 'ajv/dist/2020.js';

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// Without an operation: what no route is (404), has no such method (405), or is no request that could be routed.
const UNROUTED = [400, 403, 404, 405, 408, 413, 414, 421, 431, 501, 503];
// Header fields that a client acts on: an answer that carries one says so in the description.
const NAMED_FIELDS = ['etag', 'location', 'link', 'idempotency-replayed', 'content-range', 'accept-ranges', 'content-disposition', 'set-cookie'];

function fetchText(server, path) {
  return new Promise((done, failed) => {
    const get = server.secure ? httpsGet : httpGet;
    get(server.url + server.base + path, { rejectUnauthorized: false, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => (answer.statusCode === 200 ? done(text) : failed(new Error(`${path}: ${answer.statusCode} ${text}`))));
    }).on('error', failed);
  });
}

// A segment as the server sees it; what cannot be decoded stands for itself.
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export class Contract {
  #ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true, allErrors: true, formats: { 'date-time': DATE_TIME } });
  #validators = new Map();

  static async of(server) {
    return new Contract(JSON.parse(await fetchText(server, '/openapi.json')));
  }

  constructor(document) {
    this.document = document;
    this.#ajv.addSchema({ $id: 'openapi', $defs: JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/')) });
    this.operations = Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), template, operation })),
    );
  }

  /** The declared operation at a path; static segments go before parameters. */
  find(method, path) {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const segments = path.split('?')[0].split('/').map(decoded);
    const fits = this.operations.filter(({ template }) => {
      const parts = template.split('/');
      return parts.length === segments.length && parts.every((part, i) => (part.startsWith('{') ? segments[i] !== '' : part === segments[i]));
    });
    const parameters = ({ template }) => template.split('{').length;
    const best = Math.min(...fits.map(parameters));
    return fits.find((row) => parameters(row) === best && row.method === wanted)?.operation;
  }

  #resolve(node) {
    return node?.$ref === undefined ? node : node.$ref.slice(2).split('/').reduce((at, name) => at[name], this.document);
  }

  #validate(schema, value, what) {
    const key = JSON.stringify(schema);
    if (!this.#validators.has(key)) {
      this.#validators.set(key, this.#ajv.compile(JSON.parse(key.replaceAll('#/components/schemas/', 'openapi#/$defs/'))));
    }
    const validate = this.#validators.get(key);
    assert.ok(validate(value), `${what} does not fit its schema: ${JSON.stringify(validate.errors)}\n${JSON.stringify(value).slice(0, 2000)}`);
  }

  /**
   * `path` is without the base path. `unlisted`: a path that the description leaves out on purpose. `unrouted`: what was
   * sent is no request, or is outside the base path. `sent`: the JSON request body, checked when it was accepted.
   */
  check({ method, path, status, headers, body, unlisted = false, unrouted = false, sent, type }) {
    const what = `${method} ${path.slice(0, 200)} → ${status}`;
    const hasNoBody = method === 'HEAD' || status === 204 || status === 304;
    this.#checkEveryAnswer(what, status, headers, body, hasNoBody);
    const operation = unrouted ? undefined : this.find(method, path);
    if (operation === undefined) {
      if (unlisted && status < 400) return;
      if (method === 'OPTIONS' && status === 204) return;
      assert.ok(UNROUTED.includes(status), `${what}: no operation is declared here: ${body}`);
      if (!hasNoBody) this.#checkBody(what, this.document.components.responses[`Error${status}`], headers, body);
      return;
    }
    const declared = this.#resolve(operation.responses[status]);
    assert.ok(declared !== undefined, `${what}: this status is not declared for ${operation.operationId}: ${body}`);
    for (const name of NAMED_FIELDS) {
      const names = Object.keys(declared.headers ?? {}).map((field) => field.toLowerCase());
      if (headers[name] !== undefined) assert.ok(names.includes(name), `${what}: ${name} is not declared for ${operation.operationId}`);
    }
    if (hasNoBody) assert.equal(body.length, 0, `${what} has a body`);
    else this.#checkBody(what, declared, headers, body);
    if (sent !== undefined && status < 300) this.#checkRequest(what, operation, sent, type);
  }

  #checkEveryAnswer(what, status, headers, body, hasNoBody) {
    assert.match(headers['x-request-id'] ?? '', /^[A-Za-z0-9._-]{1,64}$/, `${what} has no X-Request-Id`);
    assert.equal(headers['x-content-type-options'], 'nosniff', `${what}: X-Content-Type-Options`);
    assert.equal(headers['referrer-policy'], 'no-referrer', `${what}: Referrer-Policy`);
    assert.match(headers['content-security-policy'] ?? '', /default-src '(none|self)'/, `${what}: Content-Security-Policy`);
    assert.match(headers['cross-origin-resource-policy'] ?? '', /^(same|cross)-origin$/, `${what}: Cross-Origin-Resource-Policy`);
    assert.equal(headers['x-powered-by'], undefined);
    assert.ok(status < 500 || status === 501 || status === 503 || status === 507, `${what}: ${body}`);
    if (status < 400 || hasNoBody) return;
    const error = JSON.parse(body.toString('utf8'));
    assert.equal(error.requestId, headers['x-request-id'], `${what}: requestId`);
    assert.ok(error.error.length > 0 && /[.!?]$/.test(error.error), `${what}: not a sentence: ${error.error}`);
  }

  #checkBody(what, declared, headers, body) {
    assert.ok(declared?.content !== undefined, `${what}: a body that is not declared`);
    const type = headers['content-type'] ?? '';
    const [key, media] = Object.entries(declared.content).find(([name]) => name === '*/*' || name === type) ?? [];
    assert.ok(key !== undefined, `${what}: Content-Type ${type}, declared ${Object.keys(declared.content)}`);
    if (media.schema === undefined) return;
    assert.equal(type, 'application/json', what);
    this.#validate(media.schema, JSON.parse(body.toString('utf8')), what);
  }

  #checkRequest(what, operation, sent, type) {
    const media = operation.requestBody?.content[type.split(';')[0].trim().toLowerCase()];
    assert.ok(media !== undefined, `${what}: accepted a body of type ${type}, which is not declared`);
    const value = JSON.parse(sent.toString('utf8'));
    delete value.userId; // ignored everywhere
    this.#validate(media.schema, value, `${what}: the request`);
  }
}
