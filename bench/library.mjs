// Rows of the table for a library of a million prompts: search, facets, and others' creates while one owner's are cleared.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const percentile = (values, q) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * q) - 1];

/** `tools`: what run.mjs has: work, million, limits, startServer, report. */
export async function library({ work, million, limits, startServer, report }) {
  const data = join(work, `items-library-${million}`);
  const keysFile = join(work, `items-library-${million}.keys`);
  const hosted = { HOSTED_MODE: 'true' };
  if (!existsSync(keysFile)) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    await (await startServer(data, hosted)).stop();
    console.log(`  filling a library of ${million} …`);
    limits('library', join(data, 'medialith.db'), million, `${keysFile}.new`);
    writeFileSync(keysFile, readFileSync(`${keysFile}.new`));
  }
  const [small, large, ...others] = readFileSync(keysFile, 'utf8').trim().split('\n');
  const server = await startServer(data, hosted);
  const base = `http://127.0.0.1:${server.port}`;
  try {
    for (const [owner, key] of [[million / 1000, small], [million / 10, large]]) await search(base, key, owner, { limits, report });
    await facets(base, large, million / 10, report);
    await clear(base, large, others, million / 10, report);
  } finally {
    await server.stop();
  }
}

/** Read from the database each time, never a page that is kept. */
const ask = async (base, key, path, options = {}) => {
  const begun = performance.now();
  const answer = await fetch(base + path, { ...options, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`);
  return { ms: performance.now() - begun, json };
};

async function search(base, key, owner, { limits, report }) {
  const word = (rank) => limits('word', rank);
  const several = (ranks) => ranks.map(word);
  const queries = {
    'frequent words': several([0, 1, 2, 3, 5, 8]),
    'two words': [[0, 3], [1, 40], [2, 200], [5, 900]].map((ranks) => ranks.map(word).join(' ')),
    'rare words': several([900, 2_500, 6_000, 12_000, 25_000]),
    'beginnings of words': several([0, 4, 60, 700, 9_000]).map((text) => text.slice(0, 5)),
  };
  for (const sort of ['-createdAt', 'relevance']) {
    const times = [];
    for (const words of Object.values(queries).flat()) {
      const path = `/v1/generations?q=${encodeURIComponent(words)}&sort=${sort}`;
      const { json } = await ask(base, key, path); // the first of a kind reads the disk
      if (json.items.length === 0) continue; // as a substring: measured below
      for (let i = 0; i < 20; i++) times.push((await ask(base, key, path)).ms);
    }
    const p95 = percentile(times, 0.95);
    report({ work: `search of ${owner.toLocaleString('en')} among 1 M, by ${sort === 'relevance' ? 'relevance' : 'time'}`, against: '–', reach: 'p95 ≤ 10 ms', ratio: `${p95.toFixed(1)} ms`, ok: p95 <= 10, detail: `p50 ${percentile(times, 0.5).toFixed(1)} ms of ${times.length}, max ${Math.max(...times).toFixed(1)} ms` });
  }
  const times = [];
  for (const words of [word(3).slice(1, 6), word(700).slice(2), 'nothing-like-this', 'xyzzy']) {
    for (let i = 0; i < 10; i++) times.push((await ask(base, key, `/v1/generations?q=${encodeURIComponent(words)}`)).ms);
  }
  const p95 = percentile(times, 0.95);
  report({ work: `misses and substrings of ${owner.toLocaleString('en')} among 1 M`, against: '–', reach: 'p95 ≤ 120 ms', ratio: `${p95.toFixed(1)} ms`, ok: p95 <= 120, detail: `p50 ${percentile(times, 0.5).toFixed(1)} ms` });
}

async function facets(base, key, owner, report) {
  const { ms: first } = await ask(base, key, '/v1/facets');
  const times = [];
  for (let i = 0; i < 100; i++) {
    // Each is counted after another change.
    await ask(base, key, '/v1/generations', { method: 'POST', body: JSON.stringify({ modelId: `model-${i % 7}`, tags: ['benched'] }) });
    times.push((await ask(base, key, i % 2 ? '/v1/facets' : '/v1/facets?model=model-1&tag=benched')).ms);
  }
  const p95 = percentile(times, 0.95);
  report({ work: `facets over ${owner.toLocaleString('en')}, each after a change`, against: '–', reach: 'p95 ≤ 20 ms', ratio: `${p95.toFixed(1)} ms`, ok: p95 <= 20, detail: `p50 ${percentile(times, 0.5).toFixed(1)} ms; the first since the start ${first.toFixed(0)} ms` });
}

async function clear(base, key, others, owner, report) {
  const body = JSON.stringify({ action: 'trash', filter: {} });
  const begun = performance.now();
  const { ms, json } = await ask(base, key, '/v1/bulk', { method: 'POST', body });
  const times = [];
  for (let state = json; state.state === 'running'; ({ json: state } = await ask(base, key, `/v1/bulk/${json.operation}`))) {
    for (let i = 0; i < 10; i++) times.push((await ask(base, others[times.length % others.length], '/v1/generations', { method: 'POST', body: '{"modelId":"m","prompt":"a fox"}' })).ms);
  }
  const took = (performance.now() - begun) / 1000;
  const p99 = percentile(times, 0.99) ?? 0;
  report({ work: `others' creates while ${owner.toLocaleString('en')} are cleared`, against: '–', reach: 'p99 ≤ 50 ms, the call < 1 s', ratio: `${p99.toFixed(1)} ms, ${(ms / 1000).toFixed(2)} s`, ok: p99 <= 50 && ms < 1000, detail: `${times.length} creates in ${took.toFixed(1)} s, p50 ${(percentile(times, 0.5) ?? 0).toFixed(1)} ms` });
  let undone = (await ask(base, key, `/v1/bulk/${json.operation}/undo`, { method: 'POST' })).json;
  while (undone.state === 'running') ({ json: undone } = await ask(base, key, `/v1/bulk/${undone.operation}`));
}
