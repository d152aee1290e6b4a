// `make bench`: one table, each row a ratio measured in one run. ROWS="create list" picks rows by name; ROUNDS=3 pairs
// of each are measured in turn (limit, server, limit, server, …) and the median of the ratios is printed.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start as startGateway } from '../tests/servers/rgw.mjs';
import { library } from './library.mjs';
import { startNginx } from './nginx.mjs';
import { postgres } from './postgres.mjs';
import { remote } from './remote.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const work = process.env.BENCH_FOLDER ?? join(root, 'build/bench');
const build = join(root, 'build/release');
const rounds = Number(process.env.ROUNDS ?? 3);
const seconds = Number(process.env.SECONDS_EACH ?? 5);
const million = Number(process.env.ITEMS ?? 1_000_000);
const MB = 1_000_000;

mkdirSync(work, { recursive: true });

// ---- pieces ---------------------------------------------------------------------------------------------------------

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const limits = (...args) => tool('bench_limits', args);
const client = (...args) => tool('bench_client', args);

function tool(name, args) {
  const out = execFileSync(join(build, name), args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  return out.startsWith('{') && out.includes('"rate"') ? JSON.parse(out) : out;
}

/** Starts the server over a folder; resolves with its port, pid and the time from spawn to ready. */
async function startServer(data, environment = {}) {
  const begun = performance.now();
  const child = spawn(join(build, 'medialith'), ['serve', '--listen', '127.0.0.1:0', '--data', data],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((found, failed) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
      if (match) found(Number(match[1]));
    });
    child.on('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
  const readyMs = performance.now() - begun;
  return {
    port, pid: child.pid, readyMs,
    memory: (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024,
    metric: async (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())[1]),
    stop: () => new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); }),
  };
}

function fresh(name) {
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function wrk(connections, url, { script, header, duration = seconds } = {}) {
  const args = ['-t1', `-c${connections}`, `-d${duration}s`, '--latency', ...(script ? ['-s', script] : []), ...(header ? ['-H', header] : []), url];
  const out = execFileSync('wrk', args, { encoding: 'utf8' });
  if (/Non-2xx/.test(out)) throw new Error(`${url}: ${out}`);
  const toMs = (text) => Number.parseFloat(text) * (text.endsWith('us') ? 0.001 : text.endsWith('ms') ? 1 : 1000);
  const at = (q) => toMs(new RegExp(`${q}%\\s+(\\S+)`).exec(out)[1]);
  const size = /Transfer\/sec:\s+([\d.]+)([KMG]B)/.exec(out);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]),
    p50: at(50), p99: at(99),
    mbPerS: Number(size[1]) * { KB: 1 / 1024, MB: 1, GB: 1024 }[size[2]] * 1.048576,
  };
}

const table = [];
function report(row) {
  table.push(row);
  console.log(`  ${row.ok ? 'ok  ' : 'MISS'} ${row.work}: ${row.ratio} (${row.reach})   ${row.detail}`);
}

async function pairs(limit, ours) {
  const rows = [];
  for (let i = 0; i < rounds; i++) {
    const against = await limit();
    const own = await ours();
    rows.push({ against, own, ratio: own.rate / against.rate });
  }
  const ratio = median(rows.map((r) => r.ratio));
  return { ratio, rows, typical: rows.find((r) => r.ratio === ratio) };
}
const x = (ratio) => `${ratio.toFixed(2)} ×`;
const n = (value) => Math.round(value).toLocaleString('en');

// ---- rows -----------------------------------------------------------------------------------------------------------

const postScript = join(work, 'post.lua');
function writePostScript(keysFile) {
  writeFileSync(postScript, `
local body = ${JSON.stringify(limits('body'))}
local keys = {}
${keysFile ? `for line in io.lines(${JSON.stringify(keysFile)}) do keys[#keys + 1] = line end` : ''}
local headers = { ["Content-Type"] = "application/json" }
local next_key = 0
request = function()
  if #keys > 0 then
    next_key = next_key % #keys + 1
    headers["Authorization"] = "Bearer " .. keys[next_key]
  end
  return wrk.format("POST", nil, headers, body)
end`);
}

async function create(owners) {
  const one = owners === 1;
  const data = fresh(`create-${owners}`);
  // The server makes the database; the limits then write the same rows into a copy of their own.
  const first = await startServer(data, one ? {} : { HOSTED_MODE: 'true' });
  await first.stop();
  const keys = one ? null : join(work, 'keys.txt');
  if (keys) limits('owners', join(data, 'medialith.db'), owners, keys);
  writePostScript(keys);
  const limitFolder = fresh(`create-limit-${owners}`);
  await (await startServer(limitFolder)).stop();
  const server = await startServer(data, one ? {} : { HOSTED_MODE: 'true' });
  const database = join(limitFolder, 'medialith.db');
  let flushes = 0;
  const ours = async () => {
    const [groups, writes] = [await server.metric('medialith_db_commits_total'), await server.metric('medialith_db_writes_total')];
    const result = wrk(64, `http://127.0.0.1:${server.port}/v1/generations`, { script: postScript });
    flushes = ((await server.metric('medialith_db_commits_total')) - groups) / ((await server.metric('medialith_db_writes_total')) - writes);
    return result;
  };
  const detail = (p) => `${n(p.typical.own.rate)}/s against ${n(p.typical.against.rate)}/s, p99 ${p.typical.own.p99.toFixed(1)} ms, ${flushes.toFixed(3)} flushes each`;
  const single = await pairs(() => limits('commits', database, seconds, owners, 1), ours);
  const reach = one ? 2.2 : 1.8;
  report({ work: `durable create, ${n(owners)} owner${one ? '' : 's'}`, against: 'single FULL commits in process', reach: `≥ ${reach} ×`, ratio: x(single.ratio), ok: single.ratio >= reach, detail: detail(single) });
  if (one) {
    const groups = await pairs(() => limits('commits', database, seconds, 1, 32), ours);
    const p99 = median(groups.rows.map((r) => r.own.p99));
    report({ work: 'the same', against: 'in-process groups of 32', reach: '≥ 0.9 ×, p99 ≤ 40 ms', ratio: x(groups.ratio), ok: groups.ratio >= 0.9 && p99 <= 40, detail: detail(groups) });
  }
  await server.stop();
}

async function withMillion(use) {
  const data = join(work, `items-${million}`);
  if (!existsSync(join(data, 'filled'))) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    await (await startServer(data)).stop();
    console.log(`  filling ${n(million)} items …`);
    limits('fill', join(data, 'medialith.db'), million, 0.9);
    writeFileSync(join(data, 'filled'), '');
  }
  const server = await startServer(data);
  try { await use(server); } finally { await server.stop(); }
}

async function list() {
  await withMillion(async (server) => {
    report({ work: `start on ${n(million)} items`, against: '–', reach: '≤ 100 ms', ratio: `${server.readyMs.toFixed(0)} ms`, ok: server.readyMs <= 100, detail: 'from spawn to ready' });
    const target = '/v1/generations?view=full&limit=50';
    const url = `http://127.0.0.1:${server.port}${target}`;
    const page = Buffer.from(await (await fetch(url)).arrayBuffer());
    const nginx = await startNginx(fresh('nginx'), { 'page.json': page }, { nopush: true });
    const against = () => wrk(64, `${nginx.url}/page.json`);
    const kept = await pairs(against, () => wrk(64, url));
    const anew = await pairs(against, () => wrk(64, url, { header: 'Cache-Control: no-cache' }));
    await nginx.stop();
    const alone = client('get', server.port, target, 2000);
    const rates = ({ typical }) => `${n(typical.own.rate)}/s against ${n(typical.against.rate)}/s`;
    report({ work: `list page of 50 of ${n(million)}, whole rows, ${n(page.length / 1000)} KB, asked again`, against: 'nginx, the same bytes from a file', reach: '≥ 0.25 ×', ratio: x(kept.ratio), ok: kept.ratio >= 0.25, detail: rates(kept) });
    report({ work: 'the same, read from the database each time', against: 'nginx, the same bytes from a file', reach: '≥ 0.25 ×, p50 of one client ≤ 0.5 ms', ratio: x(anew.ratio), ok: anew.ratio >= 0.25 && alone.p50_ms <= 0.5, detail: `${rates(anew)}, alone p50 ${alone.p50_ms} ms` });
    await deep(server, target);
    const mixed = client('mixed', server.port, target, 1000, 300);
    report({ work: `1 000 lists and 300 updates at once over ${n(million)}`, against: '–', reach: 'none over 50 ms', ratio: `${mixed.max_ms} ms`, ok: mixed.max_ms <= 50, detail: `p50 ${mixed.p50_ms} ms, p99 ${mixed.p99_ms} ms` });
  });
}

async function deep(server, target) {
  const base = `http://127.0.0.1:${server.port}`;
  let cursor = '';
  const pages = Math.floor((million * 0.9) / 100) - 1;
  for (let i = 0; i < pages; i++) {
    const page = await (await fetch(`${base}/v1/generations?limit=100${cursor && `&cursor=${cursor}`}`)).json();
    cursor = page.nextCursor;
  }
  const rows = [];
  for (let i = 0; i < rounds; i++) {
    const first = client('get', server.port, target, 2000);
    const last = client('get', server.port, `${target}&cursor=${cursor}`, 2000);
    rows.push({ p50: last.p50_ms / first.p50_ms, p99: last.p99_ms / first.p99_ms, first, last });
  }
  const [p50, p99] = [median(rows.map((r) => r.p50)), median(rows.map((r) => r.p99))];
  report({ work: `page at item ${n(pages * 100)}`, against: 'first page', reach: 'p50 ≤ 1.2 ×, p99 ≤ 2 ×', ratio: `${x(p50)} / ${x(p99)}`, ok: p50 <= 1.2 && p99 <= 2, detail: `p50 ${rows[0].last.p50_ms} against ${rows[0].first.p50_ms} ms` });
}

async function download() {
  const server = await startServer(fresh('download'));
  const base = `http://127.0.0.1:${server.port}`;
  for (const [size, connections, reach] of [[256 * 1024, 16, 0.9], [100 * MB, 4, 0.95]]) {
    const bytes = Buffer.alloc(size, 'm');
    const kept = await (await fetch(`${base}/v1/uploads?filename=d.bin`, { method: 'POST', body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })).json();
    const link = await (await fetch(`${base}/v1/assets/${kept.id}/url`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } })).json();
    // nginx at its better tcp_nopush: whichever setting is faster here is the limit.
    const folder = fresh('nginx');
    const rates = [];
    for (const nopush of [true, false]) {
      const nginx = await startNginx(folder, { 'd.bin': bytes }, { nopush });
      rates.push({ nopush, rate: wrk(connections, `${nginx.url}/d.bin`).rate });
      await nginx.stop();
    }
    const nginx = await startNginx(folder, { 'd.bin': bytes }, { nopush: rates.toSorted((a, b) => b.rate - a.rate)[0].nopush });
    const paired = await pairs(() => wrk(connections, `${nginx.url}/d.bin`), () => wrk(connections, base + link.url));
    await nginx.stop();
    report({ work: `download ${size < MB ? '256 KB' : '100 MB'} by signed URL`, against: 'nginx sendfile', reach: `≥ ${reach} ×`, ratio: x(paired.ratio), ok: paired.ratio >= reach, detail: `${n(paired.typical.own.mbPerS)} MB/s against ${n(paired.typical.against.mbPerS)} MB/s` });
  }
  await server.stop();
}

/** Each side of an upload begins alike: no file of either is left, memory has room again, and the disk is at rest. */
function emptyUploads() {
  const folders = [fresh('upload-limit'), fresh('upload')];
  execFileSync('sync');
  return folders;
}

async function upload() {
  const measureLimit = async (limit) => {
    const [folder] = emptyUploads();
    return limit(folder);
  };
  const measureServer = async (connections, bytes, count) => {
    const [, data] = emptyUploads();
    const server = await startServer(data);
    execFileSync('sync'); // what the start has written
    try { return client('upload', server.port, connections, bytes, count); } finally { await server.stop(); }
  };
  const row = async (name, against, reach, limit, ...uploads) => {
    const paired = await pairs(() => measureLimit(limit), () => measureServer(...uploads));
    report({ work: name, against, reach: `≥ ${reach} ×`, ratio: x(paired.ratio), ok: paired.ratio >= reach, detail: `${n(paired.typical.own.mb_per_s)} MB/s against ${n(paired.typical.against.mb_per_s)} MB/s` });
  };
  await row('upload 100 MB, one at a time', 'SHA-256, write, fsync of file and folder in a row', 0.9,
    (folder) => limits('files', folder, 100 * MB, 10), 1, 100 * MB, 10);
  await row('upload 100 MB, four at once', 'four such processes', 0.6,
    async (folder) => {
      const begun = performance.now();
      await Promise.all([1, 2, 3, 4].map(() => new Promise((done, failed) => spawn(join(build, 'bench_limits'), ['files', folder, 100 * MB, 4].map(String), { stdio: 'ignore' }).on('exit', (code) => (code ? failed(new Error(`exit ${code}`)) : done())))));
      const took = (performance.now() - begun) / 1000;
      return { rate: 16 / took, mb_per_s: 1600 / took };
    }, 4, 100 * MB, 16);
  await row('upload 256 KB, 16 at once', 'the same in process, one thread', 0.8,
    (folder) => limits('files', folder, 256 * 1024, 1000), 16, 256 * 1024, 1000);
  emptyUploads();
}

async function memory() {
  const server = await startServer(fresh('memory'));
  const idle = server.memory('VmRSS');
  report({ work: 'idle', against: '–', reach: 'RSS ≤ 30 MB', ratio: `${idle.toFixed(1)} MB`, ok: idle <= 30, detail: 'just started' });
  client('upload', server.port, 4, 1000 * MB, 4);
  const grown = server.memory('VmHWM') - idle;
  report({ work: 'four 1 GB uploads at once', against: '–', reach: 'RSS ≤ +64 MB', ratio: `+${grown.toFixed(1)} MB`, ok: grown <= 64, detail: 'peak over idle' });
  await server.stop();
  fresh('memory');
}

/** Files in a bucket: 100 MB through the server against curl alone, four after another over one connection. */
async function bucket() {
  const gateway = await startGateway();
  const server = await startServer(fresh('bucket'), {
    ASSET_STORAGE: 's3', S3_ENDPOINT: gateway.endpoint, S3_BUCKET: 'bench', S3_ACCESS_KEY: gateway.accessKey, S3_SECRET_KEY: gateway.secretKey, S3_CREATE_BUCKET: 'true',
  });
  try {
    const times = 4;
    const file = join(work, 'bucket', 'd.bin');
    const bytes = Buffer.alloc(100 * MB, 'm');
    writeFileSync(file, bytes);
    const timed = (words) => {
      const begun = performance.now();
      execFileSync('curl', ['--fail', '--silent', ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
      const took = (performance.now() - begun) / 1000;
      return { rate: times / took, mb_per_s: (times * 100) / took };
    };
    const signed = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${gateway.accessKey}:${gateway.secretKey}`, '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
    const each = (words) => Array.from({ length: times }, (_, i) => words(i)).flat();
    const row = async (name, limit, ours) => {
      const paired = await pairs(limit, ours);
      report({ work: name, against: 'curl and the same gateway', reach: '≥ 0.8 ×', ratio: x(paired.ratio), ok: paired.ratio >= 0.8, detail: `${n(paired.typical.own.mb_per_s)} MB/s against ${n(paired.typical.against.mb_per_s)} MB/s` });
    };
    await row('upload 100 MB into a bucket', () => timed([...signed, ...each((i) => ['-T', file, `${gateway.endpoint}/bench/curl-${i}`])]),
      () => client('upload', server.port, 1, 100 * MB, times));
    const base = `http://127.0.0.1:${server.port}`;
    const kept = await (await fetch(`${base}/v1/uploads?filename=d.bin`, { method: 'POST', body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })).json();
    const link = await (await fetch(`${base}/v1/assets/${kept.id}/url`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } })).json();
    await row('download 100 MB from a bucket', () => timed([...signed, ...each(() => [`${gateway.endpoint}/bench/curl-0`])]),
      () => timed(each(() => [base + link.url])));
  } finally {
    await server.stop();
    await gateway.stop();
    fresh('bucket');
  }
}

// ---- run ------------------------------------------------------------------------------------------------------------

const all = { create: () => create(1), owners: () => create(1000), list, library: () => library({ work, million, limits, startServer, report }), download, upload, memory, bucket,
  postgres: () => postgres({ work, fresh, limits, startServer, wrk, writePostScript, postScript, pairs, report, seconds }),
  remote: () => remote({ fresh, seconds, startServer, report }) };
const chosen = process.env.ROWS ? process.env.ROWS.split(' ') : Object.keys(all);
console.log(`bench: ${rounds} rounds of ${seconds} s, in ${work}`);
for (const name of chosen) {
  if (!all[name]) throw new Error(`no row ${name}: ${Object.keys(all).join(' ')}`);
  await all[name]();
}
const lines = ['| work | against | reach | measured | detail |', '|---|---|---|---|---|',
  ...table.map((row) => `| ${row.work} | ${row.against} | ${row.reach} | ${row.ok ? '' : '**missed** '}${row.ratio} | ${row.detail} |`)];
writeFileSync(join(work, 'table.md'), `${lines.join('\n')}\n`);
console.log(`\n${lines.join('\n')}\n`);
const met = table.filter((row) => row.ok).length;
console.log(`${met} of ${table.length} figures reached; table in ${join(work, 'table.md')}`);
for (const name of readdirSync(work)) {
  if (!name.startsWith('items-') && name !== 'table.md') rmSync(join(work, name), { recursive: true, force: true });
}
