// Rounds of load, crash, restart and check over data folders that are made anew every few rounds.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check } from './check.mjs';
import { Client } from './client.mjs';
import { History } from './history.mjs';
import { startLoad, Trial } from './load.mjs';
import { randomOf } from './random.mjs';
import { killServer, startServer } from './server.mjs';

const QUIET_MS = 40; // after a held point: nobody has been answered for so long
const LONGEST_MS = 1000;
const OPERATIONS = 30; // of a client in a round

/// Points of db/faults.hpp and blob/disk/options.hpp, and how often they may be passed before one is the last.
export const POINTS = {
  before_commit: 60, after_commit: 60, before_reply: 60,
  after_open: 15, after_write: 15, before_file_fsync: 12, after_file_fsync: 12, after_link: 12,
  after_parent_fsync: 4, after_directory_fsync: 12, unlink: 1,
};

/// When and where a round's server dies.
export function chooseCrash(random) {
  const kind = random.weighted({ time: 5, kill: 3, hold: 2 });
  // An engine that drops a group's transaction, as a full disk makes it do, costs nobody anything either.
  const faults = random.chance(0.2) ? [`drop_group:${random.between(3, 30)}`] : [];
  if (kind === 'time') return { kind, after: random.between(50, LONGEST_MS), faults };
  return crashAt(kind, random.pick(Object.keys(POINTS)), random, faults);
}

/// A crash at one of a point's first passes.
export function crashAt(kind, point, random, faults = []) {
  const pass = random.between(1, POINTS[point]);
  return { kind, point, pass, after: LONGEST_MS, faults: [`${kind}_at=${point}:${pass}`, ...faults] };
}

export function describeCrash({ kind, after, faults }) {
  return kind === 'time' ? [`SIGKILL after ${after} ms`, ...faults].join(' ') : faults.join(' ');
}

/// Waits for the crash of a server under load, or makes it.
async function crash(server, load, plan) {
  const deadline = performance.now() + plan.after;
  let ended = false;
  load.done.then(() => (ended = true));
  while (!server.ended && !(ended && plan.kind !== 'time') && performance.now() < deadline) {
    const left = deadline - performance.now();
    if (plan.kind === 'hold' && performance.now() - load.stop.answered > QUIET_MS) break;
    await Promise.race([server.closed, pause(Math.max(1, Math.min(10, left)))]);
  }
  load.stop.now = true;
  await killServer(server);
  await load.done;
}

/// One round. `planned`: further faults of the server under load, which stay in it.
export async function runRound(trial, { data, round, plan, planned = [], last = false, most = OPERATIONS }) {
  const server = await startServer({ data, faults: [...plan.faults, ...planned] });
  // A point may be passed while the server starts; without one it has to come up.
  if (server.ended && plan.kind === 'time') trial.problems.push(`the server did not start: ${server.how} ${server.output}`);
  if (!server.ended) {
    const client = new Client(server.port);
    const load = startLoad(trial, client, { round, most, randomFor: (owner) => randomOf(trial.seed, round, owner) });
    await crash(server, load, plan);
    client.close();
  }
  await restart(trial, { data, round, last });
}

async function restart(trial, { data, round, last }) {
  const server = await startServer({ data });
  if (server.ended) {
    trial.problems.push(`lost: the server does not start again: ${server.how} ${server.output}`);
    return;
  }
  const client = new Client(server.port);
  await check(trial, client, { round, random: randomOf(trial.seed, round, 'check'), last });
  client.close();
  await killServer(server);
}

/// A folder for data, histories and what a failure leaves behind.
export function workFolder(name) {
  const parent = process.env.CRASH_FOLDER ?? tmpdir();
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `medialith-${name}-`));
}

/// `rounds` rounds over one data folder. Answers what happened; the folder is gone when nothing did.
export async function runTrial({ folder, name, seed, rounds, planned = [], choose = chooseCrash, onRound = () => {}, trialOptions = {}, most }) {
  const data = join(folder, `${name}-data`);
  const history = new History(join(folder, `${name}.log`));
  const trial = new Trial({ seed, history, ...trialOptions });
  let made = 0;
  try {
    while (made < rounds && trial.problems.length === 0) {
      const round = made++;
      const plan = choose(randomOf(seed, round, 'crash'));
      await history.write({ event: 'round', round, crash: describeCrash(plan), planned });
      await runRound(trial, { data, round, plan, planned, last: made === rounds, most });
      onRound(trial, plan, round);
    }
  } finally {
    history.close();
  }
  if (trial.problems.length === 0) rmSync(data, { recursive: true, force: true });
  return { trial, rounds: made, problems: trial.problems, acknowledged: trial.acknowledged, history: history.path, data };
}
