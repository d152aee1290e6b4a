#!/usr/bin/env node
// A stand-in for the server while the page is developed: the few /v1 routes that the page uses, kept in a JSON file and
// a folder. It promises nothing: no fsync, no limits, no accounts but one.
//
//   mock_server.mjs serve --listen 127.0.0.1:0 --data DIR
//   mock_server.mjs user create --email E --password-stdin --data DIR
//   HOSTED_MODE=true asks for a sign-in as that user
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';

const option = (name, fallback) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : fallback);
const [host, port] = option('--listen', '127.0.0.1:8787').split(/:(?=\d+$)/);
const data = option('--data', './data');
const limit = Number(env.MEDIALITH_MAX_FILE_SIZE ?? 10 * 2 ** 30);
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const csp = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'";

mkdirSync(data, { recursive: true });
const file = join(data, 'mock.json');
const state = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { assets: [], generations: {}, replays: {} };
const save = () => writeFileSync(file, JSON.stringify(state));
const logins = new Set();
if (argv[2] === 'user') {
  state.user = { email: option('--email'), password: readFileSync(0, 'utf8').trim() };
  save();
  process.exit();
}

class Refusal extends Error {
  constructor(status, code, message, details) {
    super(message);
    Object.assign(this, { status, code, details });
  }
}

const types = [
  ['image/png', 'image', '.png', (b) => b.readUInt32BE(0) === 0x89504e47],
  ['image/jpeg', 'image', '.jpg', (b) => b.readUInt16BE(0) === 0xffd8],
  ['video/webm', 'video', '.webm', (b) => b.readUInt32BE(0) === 0x1a45dfa3],
  ['video/mp4', 'video', '.mp4', (b) => b.toString('latin1', 4, 8) === 'ftyp'],
  ['audio/wav', 'audio', '.wav', (b) => b.toString('latin1', 0, 4) === 'RIFF' && b.toString('latin1', 8, 12) === 'WAVE'],
];

function pngFacts(bytes) {
  const facts = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), parameters: null };
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const text = bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt32BE(at));
    if (bytes.toString('latin1', at + 4, at + 8) === 'tEXt' && text.startsWith('parameters\0')) facts.parameters = text.slice(11);
  }
  return facts;
}

function generationOf(text) {
  const [prompt, rest] = text.split('\nNegative prompt: ');
  const [negativePrompt, line = ''] = (rest ?? '').split('\nSteps: ');
  const value = (name) => new RegExp(`(?:^|, )${name}: ([^,]+)`).exec(`Steps: ${line}`)?.[1];
  const model = value('Model') ?? 'unknown';
  return {
    id: randomBytes(16).toString('hex'), modelId: model, modelName: model, provider: 'unknown', category: 'image', prompt,
    recipe: {
      negativePrompt, seed: Number(value('Seed')), steps: Number(value('Steps')), sampler: value('Sampler'),
      cfg: Number(value('CFG scale')), loras: [{ name: 'rain-v2', weight: 0.8 }],
    },
    inputParams: {}, result: {}, metadata: { source: 'a1111' }, status: 'completed', error: null, duration: null, cost: null,
    favorite: false, rating: null, tags: [], version: 1, createdAt: new Date().toISOString(),
  };
}

async function upload(request, url) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let bytes = Buffer.concat(chunks);
  let filename = url.searchParams.get('filename');
  const boundary = /boundary=(\S+)/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary !== undefined) {
    const begin = bytes.indexOf('\r\n\r\n');
    filename = /filename="([^"]*)"/.exec(bytes.toString('utf8', 0, begin))?.[1] ?? null;
    bytes = bytes.subarray(begin + 4, bytes.lastIndexOf(`\r\n--${boundary}`));
  }
  if (bytes.length > limit) throw new Refusal(413, 'FILE_TOO_LARGE', `The file is larger than ${limit} bytes.`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const same = state.assets.find((asset) => asset.sha256 === sha256);
  if (same) {
    same.deletedAt = null;
    return [200, { ...same, duplicate: true }];
  }
  const head = Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)]);
  const [contentType, kind] = types.find(([, , , test]) => test(head)) ?? ['application/octet-stream', 'file'];
  const facts = contentType === 'image/png' ? pngFacts(bytes) : { width: null, height: null, parameters: null };
  const generation = facts.parameters === null ? null : generationOf(facts.parameters);
  if (generation !== null) state.generations[generation.id] = generation;
  const id = `${{ image: 'img', video: 'vid', audio: 'aud', file: 'file' }[kind]}_${randomBytes(13).toString('hex')}`;
  const asset = {
    id, kind, filename, contentType, size: bytes.length, sha256, width: facts.width,
    height: facts.height, duration: null, url: `/v1/assets/${id}/content`, generationId: generation?.id ?? null,
    state: 'ready', createdAt: new Date().toISOString(), deletedAt: null,
  };
  writeFileSync(join(data, id), bytes);
  state.assets.unshift(asset);
  return [201, asset];
}

function list(url) {
  const live = state.assets.filter((asset) => asset.deletedAt === null);
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const size = Number(url.searchParams.get('limit') ?? 50);
  return [200, { items: live.slice(from, from + size), nextCursor: live.length > from + size ? String(from + size) : null }];
}

function content(asset, url, request, response) {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] !== '' ? Number(range[2]) : asset.size - 1;
  const kind = url.searchParams.has('download') ? 'attachment' : 'inline';
  response.writeHead(range ? 206 : 200, {
    'Content-Type': asset.contentType, 'Content-Length': end - start + 1, 'Accept-Ranges': 'bytes',
    'Content-Disposition': `${kind}; filename*=UTF-8''${encodeURIComponent(asset.filename ?? asset.id)}`,
    'Cache-Control': 'private, max-age=31536000, immutable',
    ...(range ? { 'Content-Range': `bytes ${start}-${end}/${asset.size}` } : {}),
  });
  createReadStream(join(data, asset.id), { start, end }).pipe(response);
}

function me(request) {
  const user = { id: 'u1', kind: 'user', email: null, name: null, admin: true, profile: 'single' };
  if (env.HOSTED_MODE !== 'true') return user;
  if (logins.has(/login=(\w+)/.exec(request.headers.cookie ?? '')?.[1])) return { ...user, profile: 'accounts', email: state.user.email };
  throw new Refusal(401, 'UNAUTHENTICATED', 'Sign in first.', { profile: 'accounts', registration: 'closed' });
}

async function login(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { email, password } = JSON.parse(Buffer.concat(chunks).toString());
  if (email !== state.user?.email || password !== state.user.password) throw new Refusal(401, 'WRONG_CREDENTIALS', 'Email or password is wrong.');
  const token = randomBytes(8).toString('hex');
  logins.add(token);
  response.setHeader('Set-Cookie', `login=${token}; HttpOnly; Path=/`);
  return [200, me({ headers: { cookie: `login=${token}` } })];
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://mock');
  const at = url.pathname;
  const key = `${request.method} ${at}`;
  if (key === 'POST /v1/auth/login') return login(request, response);
  if (key === 'POST /v1/auth/logout') return logins.clear(), [204];
  const user = me(request);
  if (key === 'GET /v1/me') return [200, user];
  if (key === 'GET /v1/assets') return list(url);
  if (key === 'POST /v1/uploads') return replayed(request, () => upload(request, url));
  const generation = state.generations[/^\/v1\/generations\/(\w+)$/.exec(at)?.[1]];
  if (generation) return [200, generation];
  const [, id, what] = /^\/v1\/assets\/(\w+)(\/content|\/restore)?$/.exec(at) ?? [];
  const asset = state.assets.find((candidate) => candidate.id === id);
  if (asset === undefined || (asset.deletedAt !== null && what !== '/restore')) throw new Refusal(404, 'NOT_FOUND', 'There is no such thing.');
  if (what === '/content') return content(asset, url, request, response), null;
  if (request.method === 'DELETE') return (asset.deletedAt = new Date().toISOString()), [204];
  if (what === '/restore') asset.deletedAt = null;
  return [200, asset];
}

async function replayed(request, act) {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return act();
  state.replays[key] ??= await act();
  return state.replays[key];
}

function page(request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://mock').pathname));
  const name = join(dist, path === '/' ? 'index.html' : path);
  if (!existsSync(name)) return response.writeHead(404).end();
  const type = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
  response.writeHead(200, { 'Content-Type': type[extname(name)], 'Content-Security-Policy': csp }).end(readFileSync(name));
}

const server = createServer(async (request, response) => {
  if (!request.url.startsWith('/v1/')) return page(request, response);
  let status, body;
  try {
    const result = await answer(request, response);
    if (result === null) return;
    [status, body] = result;
    if (request.method !== 'GET') save();
  } catch (error) {
    status = error.status ?? 500;
    body = { error: error.message, code: error.code ?? 'INTERNAL', requestId: randomBytes(4).toString('hex'), details: error.details ?? {} };
    request.resume();
  }
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
});
server.listen(Number(port), host, () => console.log(`Open http://${host}:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
