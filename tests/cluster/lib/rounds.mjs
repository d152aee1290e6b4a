// Rounds: load on three servers, each of which dies once, and PostgreSQL too; then what is there is compared with what was
// acknowledged.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check } from '../../crash/lib/check.mjs';
import { History } from '../../crash/lib/history.mjs';
import { startLoad, Trial } from '../../crash/lib/load.mjs';
import { begin } from '../../crash/lib/operations.mjs';
import { randomOf } from '../../crash/lib/random.mjs';
import { until } from '../../servers/program.mjs';
import { Balancer, Cluster } from './cluster.mjs';
import { installAudit, leftToPurge, plantOldAnswers, readAudit, runJobs } from './audit.mjs';

const LOADED_MS = [300, 1200]; // before each death
const LOST_MS = 120_000;
const EACH = [0, 1, 2, 'database'];

/// Writes through one server until one is acknowledged. Answers how long that took, from `since`.
async function recovered(trial, member, round, since) {
  const random = randomOf(trial.seed, round, 'first write', member.number, trial.count);
  const owner = trial.clients; // whose families the load leaves alone
  for (;;) {
    const family = trial.newFamily(owner);
    await trial.run(member, begin(family, random, { create: 1 }), round);
    const took = performance.now() - since;
    if (family.certain && family.state.gen) return took;
    if (took > LOST_MS) throw new Error(`server ${member.number} acknowledges nothing any more`);
    await pause(20);
  }
}

function judge(trial, what, ms) {
  trial.recoveries.push(ms);
  if (ms > trial.recovery) trial.problems.push(`${what} took ${Math.round(ms)} ms to acknowledge a write again`);
}

async function killServer(trial, member, round, faults) {
  const died = performance.now();
  await member.kill();
  await member.start(faults);
  judge(trial, `server ${member.number}, killed,`, await recovered(trial, member, round, died));
}

async function restartDatabase(trial, cluster, round) {
  await cluster.postgres.restart();
  const back = performance.now();
  const all = await Promise.all(cluster.members.map((member) => recovered(trial, member, round, back)));
  all.forEach((ms, i) => judge(trial, `server ${i}, after PostgreSQL's restart,`, ms));
}

/// `deaths`: the numbers of servers, or `database`, in any order.
async function runRound(trial, cluster, { round, last, faults, deaths }) {
  const random = randomOf(trial.seed, round, 'deaths');
  plantOldAnswers(cluster, round);
  const balancer = new Balancer(cluster.members, randomOf(trial.seed, round, 'balancer'));
  const load = startLoad(trial, balancer, { round, most: Infinity, randomFor: (owner) => randomOf(trial.seed, round, owner) });
  const jobs = runJobs(cluster, load.stop);
  try {
    for (const who of [...deaths].sort(() => random.next() - 0.5)) {
      await pause(random.between(...LOADED_MS));
      if (who === 'database') await restartDatabase(trial, cluster, round);
      else await killServer(trial, cluster.members[who], round, faults);
    }
    await until('the job to have purged what was planted', () => leftToPurge(cluster) === 0, LOST_MS);
  } finally {
    load.stop.now = true;
    await Promise.all([load.done, jobs]);
  }
  await check(trial, balancer, { round, random: randomOf(trial.seed, round, 'check'), last });
  const audit = readAudit(cluster);
  if (audit.unfenced > 0) trial.problems.push(`twice: ${audit.unfenced} rows were deleted by a server that had lost the job`);
  return audit;
}

/// `rounds` rounds, or fewer when one finds something. Answers what happened; `faults` stay in every server. `recovery`: from
/// the death of a server, or the moment PostgreSQL is back, until the server acknowledges a write again, so many milliseconds
/// at most.
export async function runTrial({ backends, folder, name, seed, rounds, deaths = EACH, recovery = Infinity, faults = [], onRound = () => {} }) {
  const history = new History(join(folder, `${name}.log`));
  const trial = new Trial({ seed, history, persistent: true });
  trial.owned.push([]); // of the one who waits for recovery
  Object.assign(trial, { recovery, recoveries: [] });
  const cluster = new Cluster({ ...backends, name, folder: join(folder, name), problems: trial.problems });
  let made = 0;
  try {
    await Promise.all(cluster.members.map((member) => member.start(faults)));
    installAudit(cluster);
    while (made < rounds && trial.problems.length === 0) {
      const round = made++;
      const audit = await runRound(trial, cluster, { round, last: made === rounds, faults, deaths });
      onRound(trial, round, audit);
    }
  } finally {
    await cluster.stop();
    history.close();
  }
  return { trial, rounds: made, problems: trial.problems, history: history.path };
}
