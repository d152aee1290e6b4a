// Creates and lists over PostgreSQL, against pgbench running the same SQL on as many connections. What the server sends for one
// request is read from PostgreSQL's own log, and goes back as a script with the owner and the row's number drawn anew.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programs, start as startPostgres } from '../tests/servers/postgres.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OWNERS = 1000;
const CONNECTIONS = 16; // of the server's to PostgreSQL
const CLIENTS = 64;
const PAGE = 50;
const SCHEMA = 'medialith';

/** Statements with their parameters' texts, by the process that ran them, from a part of PostgreSQL's log. */
function statementsOf(log) {
  const processes = new Map();
  let last = null;
  for (const entry of log.split(/^(?=\d{4}-\d\d-\d\d )/m)) {
    const [, pid, kind, text] = /^\S+ \S+ \S+ \[(\d+)\] (\w+): {2}([^]*)$/.exec(entry) ?? [];
    if (kind === 'LOG') {
      last = null;
      const sql = /^execute <unnamed>: ([^]*)$/.exec(text)?.[1];
      if (sql === undefined) continue;
      last = { sql: sql.replaceAll('\n\t', ' ').trim(), values: [] };
      if (!processes.has(pid)) processes.set(pid, []);
      processes.get(pid).push(last);
    } else if (kind === 'DETAIL' && last) {
      for (const [, quoted] of text.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)) last.values.push(quoted === 'NULL' ? null : quoted.slice(1, -1).replaceAll("''", "'"));
    }
  }
  return [...processes.values()];
}

/** Transactions that have one of the values: those of the request, and of nothing that the server does by itself. */
function transactionsWith(values, log) {
  const found = [];
  for (const statements of statementsOf(log)) {
    let open = null;
    for (const statement of statements) {
      if (statement.sql.startsWith('BEGIN')) found.push((open = []));
      open?.push(statement);
    }
  }
  return found.filter((statements) => statements.some((one) => one.values.some((value) => values.includes(value))));
}

const literal = (text) => `'${text.replaceAll("'", "''")}'`;

/** A value as pgbench's script has it: drawn anew where `drawn` says how, else as it was, with its type where SQL needs it. */
function valueOf(value, drawn) {
  if (value === null) return 'NULL';
  if (value in drawn) return drawn[value];
  if (/^-?\d+$/.test(value)) return `(${literal(value)})::bigint`;
  if (/^-?\d+\.\d+$/.test(value)) return `(${literal(value)})::numeric`;
  if (/^[tf]$/.test(value)) return `(${literal(value)})::boolean`;
  if (/^\\x[0-9a-f]*$/.test(value)) return `(${literal(value)})::bytea`;
  if (/^\d{4}-\d\d-\d\d \d\d:/.test(value)) return `(${literal(value)})::timestamptz`;
  if (/^'[^']*'(:| |$)/.test(value)) return `(${literal(value)})::tsvector`;
  return literal(value);
}

function scriptOf(transactions, drawn, head) {
  const lines = [...head];
  for (const { sql, values } of transactions.flat()) {
    lines.push(`${sql.replaceAll(/\$(\d+)/g, (_, n) => valueOf(values[n - 1] ?? null, drawn)).replace(/;$/, '')};`);
  }
  return `${lines.join('\n')}\n`;
}

/** PostgreSQL with a thousand owners, and the server over it. */
async function place({ fresh, limits, startServer, work }) {
  const database = await startPostgres({ fsync: 'on', settings: 'max_wal_size=2GB' });
  const data = fresh('postgres-owners');
  const keysFile = join(work, 'postgres.keys');
  await (await startServer(data, { HOSTED_MODE: 'true' })).stop();
  limits('owners', join(data, 'medialith.db'), OWNERS, keysFile);
  const target = fresh('postgres-server');
  const environment = { MEDIALITH_DATABASE: database.url, MEDIALITH_DATABASE_SCHEMA: SCHEMA };
  const file = join(work, 'postgres.env');
  writeFileSync(file, Object.entries({ MEDIALITH_DATA: target, ...environment }).map(([name, value]) => `${name}=${value}\n`).join(''));
  execFileSync(join(root, 'build/release/medialith'), ['copy', '--from', data, '--to', file], { stdio: 'ignore' });
  const server = await startServer(target, { HOSTED_MODE: 'true', ...environment });
  return { database, server, keysFile, keys: readFileSync(keysFile, 'utf8').trim().split('\n') };
}

class Bench {
  constructor(tools, { database, server, keys }) {
    Object.assign(this, tools, { database, server, keys, base: `http://127.0.0.1:${server.port}/v1/generations` });
  }

  sql(text) {
    return execFileSync(join(programs(), 'psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.database.admin, '-c', text], { encoding: 'utf8' }).trim();
  }

  /** What PostgreSQL logs while `act` runs. */
  async logged(act) {
    const setting = (value) => this.sql(`ALTER SYSTEM SET log_statement = ${value}`) + this.sql('SELECT pg_reload_conf(), pg_sleep(0.2)');
    setting("'all'");
    const from = statSync(this.database.log).size;
    await act();
    setting("'none'");
    return readFileSync(this.database.log).subarray(from).toString();
  }

  pgbench(script, rids) {
    const file = join(this.work, 'pgbench.sql');
    writeFileSync(file, script);
    const words = ['-n', '-M', 'extended', '-c', CONNECTIONS, '-j', '2', '-T', this.seconds, '-D', `base=${rids}`, '-D', 'n=0', '-f', file, this.database.admin];
    const out = execFileSync(join(programs(), 'pgbench'), words.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const failed = /number of failed transactions: (\d+)/.exec(out)?.[1] ?? '0';
    const tps = /^tps = ([\d.]+)/m.exec(out)?.[1];
    if (failed !== '0' || tps === undefined) throw new Error(`pgbench did not run the script to its end:\n${out}`);
    return { rate: Number(tps) };
  }

  /** The script of what one request of the last owner, whose numbers nothing else has, makes the server send; `wanted` is among it. */
  async script(url, request, wanted, head, more = () => ({})) {
    const [user, id, rid] = this.sql(`SELECT concat_ws(' ', user_rid, id, rid) FROM ${SCHEMA}.api_keys ORDER BY rid DESC LIMIT 1`).split(' ');
    let answer;
    const log = await this.logged(async () => { answer = await (await fetch(url, { ...request, headers: { ...request.headers, Authorization: `Bearer ${this.keys.at(-1)}` } })).json(); });
    const [first, last] = this.sql(`SELECT min(user_rid) || ' ' || max(user_rid) FROM ${SCHEMA}.api_keys`).split(' ');
    const drawn = {
      [user]: '(:owner)::bigint',
      // Each owner has one key, which its own transactions look at.
      [id]: `(SELECT id FROM ${SCHEMA}.api_keys WHERE user_rid = (:owner)::bigint)`,
      [rid]: `(SELECT rid FROM ${SCHEMA}.api_keys WHERE user_rid = (:owner)::bigint)`,
      ...more(answer),
    };
    const transactions = transactionsWith([user, id], log);
    if (!transactions.flat().some(({ sql }) => wanted.test(sql))) throw new Error(`the log lacks ${wanted}:\n${log.slice(0, 4000)}`);
    return scriptOf(transactions, drawn, [`\\set owner random(${first}, ${last})`, ...head]);
  }
}

async function creates(bench) {
  const body = bench.limits('body');
  const rid = (answer) => bench.sql(`SELECT rid FROM ${SCHEMA}.generations WHERE id = ${literal(answer.id)}`);
  const script = await bench.script(bench.base, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }, /^INSERT INTO \S+generations\b/,
    ['\\set n :n + 1', `\\set rid :base + :n * ${CONNECTIONS} + :client_id`],
    (answer) => ({ [rid(answer)]: '(:rid)::bigint', [answer.id]: "lpad(to_hex((:rid)::bigint), 32, '0')::uuid::text" }));
  // Rids that grow as the server's do, far from them, and other ones in each run.
  let base = 1_000_000_000_000;
  const paired = await bench.pairs(() => bench.pgbench(script, (base += 1_000_000_000)), () => bench.wrk(CLIENTS, bench.base, { script: bench.postScript }));
  bench.report({ work: 'durable create on PostgreSQL, 1,000 owners', against: 'pgbench, the same SQL', reach: '≥ 0.7 ×', ...figures(paired) });
}

async function lists(bench) {
  const count = () => Number(bench.sql(`SELECT min(n) FROM (SELECT count(*) AS n FROM ${SCHEMA}.generations g JOIN ${SCHEMA}.api_keys k USING (user_rid) GROUP BY user_rid) c`));
  while (count() < PAGE + 1) bench.wrk(CLIENTS, bench.base, { script: bench.postScript, duration: 5 });
  bench.sql('ANALYZE');
  const listScript = join(bench.work, 'list.lua');
  writeFileSync(listScript, readFileSync(bench.postScript, 'utf8').replace('wrk.format("POST", nil, headers, body)', 'wrk.format("GET", nil, headers)'));
  const url = `${bench.base}?limit=${PAGE}`;
  const script = await bench.script(url, {}, /^SELECT .* FROM \S+generations\b/, []);
  const paired = await bench.pairs(() => bench.pgbench(script, 0), () => bench.wrk(CLIENTS, url, { script: listScript }));
  bench.report({ work: `list page of ${PAGE} on PostgreSQL, 1,000 owners`, against: 'pgbench, the same SQL', reach: '≥ 0.7 ×', ...figures(paired) });
}

function figures({ ratio, typical }) {
  const whole = (value) => Math.round(value).toLocaleString('en');
  return { ratio: `${ratio.toFixed(2)} ×`, ok: ratio >= 0.7, detail: `${whole(typical.own.rate)}/s against ${whole(typical.against.rate)}/s, p99 ${typical.own.p99.toFixed(1)} ms` };
}

/** `tools`: what run.mjs has. */
export async function postgres(tools) {
  const { database, server, keysFile, keys } = await place(tools);
  try {
    tools.writePostScript(keysFile);
    const bench = new Bench(tools, { database, server, keys });
    await creates(bench);
    await lists(bench);
  } finally {
    await server.stop();
    await database.stop();
    for (const name of ['postgres-owners', 'postgres-server']) tools.fresh(name);
  }
}
