// A server under strace, and one client that sends its writes one after the other.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../../crash/lib/client.mjs';
import { makePng } from '../../crash/lib/png.mjs';
import { startServer } from '../../crash/lib/server.mjs';
import { readAnswers, STRACE } from './trace.mjs';

const LARGE_FILE = 300 * 1024;
/// What need not survive: logs, what a start makes anew, what is still on its way.
const NOT_KEPT = [/^data\/log(\/|$)/, /^data\/lock$/, /-shm$/, /^data\/blobs\/staging(\/|$)/, /^data\/control/];

const JSON_TYPE = { 'Content-Type': 'application/json' };

/// Writes of every kind: {what, uploads: whether bytes come with it, request}.
export function makeWrites(random, count) {
  const writes = [];
  for (let i = 0; i < count; i++) {
    const id = `g${i}`;
    const file = random.chance(0.3) ? random.bytes(LARGE_FILE) : makePng(random);
    const home = i % 2 === 0 ? `&generationId=${id}` : '';
    const upload = { method: 'POST', path: `/v1/uploads?filename=f${i}.bin${home}`, headers: { 'Content-Type': 'application/octet-stream' }, body: file };
    const body = (value) => ({ headers: JSON_TYPE, body: JSON.stringify(value) });
    writes.push({ what: 'create', request: { method: 'POST', path: '/v1/generations', ...body({ id, modelId: 'm', prompt: random.word() }) } });
    writes.push({ what: 'upload', uploads: true, request: upload });
    writes.push({ what: 'patch', request: { method: 'PATCH', path: `/v1/generations/${id}`, ...body({ prompt: random.word() }) } });
    if (i % 3 === 0) writes.push({ what: 'upload of known bytes', request: upload });
    writes.push({ what: 'delete', request: { method: 'DELETE', path: `/v1/generations/${id}` } });
    if (i % 2 === 0) writes.push({ what: 'restore', request: { method: 'POST', path: `/v1/generations/${id}/restore` } });
  }
  return writes;
}

/// The server's own process id: the tracer's only child.
const childOf = (pid) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

/// Sends the writes to a traced server over a new folder and answers what its system calls say of each. `database` is
/// its path there.
export async function traceWrites({ folder, writes, faults = [], database = 'data/medialith.db' }) {
  const root = realpathSync(mkdtempSync(join(folder, 'traced-')));
  const log = join(root, 'strace.log');
  const environment = { SQLITE_PATH: join(root, database) };
  mkdirSync(join(root, 'elsewhere'));
  const server = await startServer({ data: join(root, 'data'), faults, wrap: [...STRACE, log], environment });
  if (server.ended) throw new Error(`the traced server did not start: ${server.output}`);
  const client = new Client(server.port);
  try {
    for (const { what, request } of writes) {
      const answer = await client.send(request);
      if (answer.kind !== 'answer' || answer.status >= 300) throw new Error(`${what} answered ${answer.status ?? answer.why}`);
    }
  } finally {
    client.close();
    process.kill(childOf(server.pid), 'SIGKILL');
    await server.closed;
  }
  const answers = readAnswers(readFileSync(log, 'utf8'), root, NOT_KEPT);
  rmSync(root, { recursive: true, force: true });
  if (answers.length !== writes.length) throw new Error(`${writes.length} writes, but ${answers.length} answers in the trace`);
  return writes.map((write, i) => ({ ...write, ...answers[i] }));
}
