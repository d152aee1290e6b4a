// The database's leader dies under load, three times.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomOf } from '../crash/lib/random.mjs';
import { startServer } from '../crash/lib/server.mjs';
import { start as startCluster } from '../servers/patroni.mjs';
import { until } from '../servers/program.mjs';
import { Load } from './load.mjs';

const seed = process.env.SEED ?? randomBytes(4).toString('hex');
console.log(`seed ${seed} (SEED=${seed} runs the same)`);

const CLIENTS = 8;
const STALLED_MS = 1000;
const BETWEEN = 100; // acknowledged writes before the next kill
const MINUTE = 60_000;

/** A cluster, a server over it and a load; `run` does what it likes to them. Resolves with what the load knows in the end. */
async function underLoad(t, { synchronous }, run) {
  const cluster = await startCluster({ synchronous });
  t.after(() => cluster.stop());
  const data = mkdtempSync(join(tmpdir(), 'medialith-failover-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const server = await startServer({ data, environment: { MEDIALITH_DATABASE: cluster.url } });
  t.after(() => server.child.kill('SIGKILL'));
  assert.ok(server.port > 0, server.output);
  const load = new Load(server.port, randomOf(seed));
  const acknowledged = async (count) => {
    const goal = load.acknowledged + count;
    await until(`${count} acknowledged writes`, () => load.acknowledged >= goal, 2 * MINUTE);
  };
  load.start(CLIENTS);
  await acknowledged(BETWEEN);
  await run({ cluster, acknowledged });
  await load.stop();
  assert.equal(server.ended, false, `our server has ended:\n${server.output}`);
  const problems = await load.lost();
  t.diagnostic(`${load.acknowledged} acknowledged, ${load.refused} refused, ${load.unknown} of unknown outcome, longest gap ${load.longestGap} ms`);
  server.child.kill('SIGTERM');
  await server.closed;
  assert.equal(server.how, 0, server.output);
  return { load, problems };
}

test('the harness finds the planted bug: a cluster that acknowledges without its standby', { timeout: 5 * MINUTE }, async (t) => {
  const { problems } = await underLoad(t, { synchronous: 'off' }, async ({ cluster, acknowledged }) => {
    await cluster.killLeader({ stalled: STALLED_MS, unread: 'lost' });
    await acknowledged(BETWEEN);
  });
  t.diagnostic(`found: ${problems[0]}`);
  assert.ok(problems.some((problem) => problem.startsWith('lost')), problems.join('\n'));
});

test('three dead leaders lose nothing that was acknowledged', { timeout: 8 * MINUTE }, async (t) => {
  const { load, problems } = await underLoad(t, { synchronous: 'on' }, async ({ cluster, acknowledged }) => {
    for (let kill = 0; kill < 3; kill++) {
      if (kill > 0) await cluster.rejoin();
      await acknowledged(BETWEEN);
      await cluster.killLeader({ stalled: STALLED_MS });
      await acknowledged(BETWEEN);
    }
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(load.wrong, [], 'something else than a 503 with Retry-After in a gap');
});
