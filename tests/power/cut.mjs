// node cut.mjs [--cuts N] [--seed S]
//
// Power cuts: the server works on file systems in image files; at a named point, or at the moment of an answer, it is
// stopped and the images are copied. The server then starts over the copies, whose journals are replayed as after a real
// cut, and what it holds is compared with what was acknowledged. The database and the files lie on file systems of their
// own, so that a flush of one does not carry what the other forgot to flush. Needs root and loop devices.
//
// Ends with counts as node:test prints them, so that they add up with those of trace.test.mjs: one for each cut, one for
// each planted bug, which has to be found.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { check } from '../crash/lib/check.mjs';
import { Client } from '../crash/lib/client.mjs';
import { History } from '../crash/lib/history.mjs';
import { startLoad, Trial } from '../crash/lib/load.mjs';
import { plantedBugs } from '../crash/lib/planted.mjs';
import { randomOf } from '../crash/lib/random.mjs';
import { crashAt, describeCrash, POINTS } from '../crash/lib/rounds.mjs';
import { killServer, startServer } from '../crash/lib/server.mjs';
import { cut, Disk, imageFolder, whyNot } from './lib/disk.mjs';

const QUIET_MS = 30;
const LONGEST_MS = 1000;
const PLANTED_CUTS = 40; // the first that shows it ends the search
const EMPTY = 'empty.img';
const { values: options } = parseArgs({
  options: {
    cuts: { type: 'string', default: '40' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
});

/// A point held for good, or the moment of a client's last answer.
function chooseCut(random) {
  if (random.chance(0.4)) return { kind: 'answer', operations: random.between(1, 12), faults: [] };
  return crashAt('hold', random.pick(Object.keys(POINTS).filter((point) => point !== 'unlink')), random);
}

/// Waits until the point is held, or every client has had its last answer.
async function waitForCut(server, load) {
  const deadline = performance.now() + LONGEST_MS;
  let ended = false;
  load.done.then(() => (ended = true));
  while (!ended && !server.ended && performance.now() < deadline && performance.now() - load.stop.answered < QUIET_MS) {
    await Promise.race([load.done, pause(2)]);
  }
}

const places = (disks) => ({ data: disks[0].folder, environment: { SQLITE_PATH: join(disks[0].folder, 'medialith.db') } });

function mountDisks(folder, name, from) {
  const data = new Disk(join(folder, `${name}0.img`), join(folder, name), from[0]);
  try {
    return [data, new Disk(join(folder, `${name}1.img`), join(folder, name, 'blobs'), from[1])];
  } catch (error) {
    data.unmount();
    throw error;
  }
}

const unmountDisks = (disks) => [...disks].reverse().forEach((disk) => disk.unmount());

/// The server works on new disks until the cut. Answers the copies.
async function workUntilCut(trial, folder, plan, planned) {
  const empty = join(folder, EMPTY);
  const disks = mountDisks(folder, 'before', [empty, empty]);
  try {
    const server = await startServer({ ...places(disks), faults: [...plan.faults, ...planned] });
    if (server.ended) throw new Error(`the server did not start: ${server.output}`);
    const client = new Client(server.port);
    const load = startLoad(trial, client, { round: 0, most: plan.operations ?? 40, randomFor: (owner) => randomOf(trial.seed, owner) });
    await waitForCut(server, load);
    server.child.kill('SIGSTOP');
    const copies = cut(disks, folder);
    load.stop.now = true;
    await killServer(server);
    await load.done;
    client.close();
    if (trial.problems.length > 0) throw new Error(`before the cut: ${trial.problems.join('; ')}`);
    return copies;
  } finally {
    unmountDisks(disks);
  }
}

async function compareAfterCut(trial, folder, copies) {
  const disks = mountDisks(folder, 'after', copies);
  try {
    const server = await startServer(places(disks));
    if (server.ended) {
      trial.problems.push(`lost: the server does not start again: ${server.output}`);
      return;
    }
    const client = new Client(server.port);
    await check(trial, client, { round: 0, random: randomOf(trial.seed, 'check'), last: true });
    client.close();
    await killServer(server);
  } finally {
    unmountDisks(disks);
  }
}

async function oneCut({ folder, seed, plan, planned = [], trialOptions = {} }) {
  const history = new History(join(folder, 'history.log'));
  const trial = new Trial({ seed, history, ...trialOptions });
  try {
    await compareAfterCut(trial, folder, await workUntilCut(trial, folder, plan, planned));
  } finally {
    history.close();
  }
  return trial;
}

const describe = (plan) => (plan.kind === 'answer' ? `cut after ${plan.operations} answers` : describeCrash(plan));

async function survive(folder, counts) {
  let acknowledged = 0;
  for (let i = 0; i < Number(options.cuts) && counts.failed === 0; i++) {
    const seed = `${options.seed}/${i}`;
    const random = randomOf(seed, 'cut');
    const plan = chooseCut(random);
    // One client alone has nobody's flush to carry what its own left out.
    const trial = await oneCut({ folder, seed, plan, trialOptions: { clients: random.pick([1, 1, 4, 16]) } });
    acknowledged += trial.acknowledged;
    counts[trial.problems.length === 0 ? 'passed' : 'failed']++;
    if (trial.problems.length > 0) console.log(`FAILED: ${describe(plan)} (--seed ${options.seed}, cut ${i})\n  ${trial.problems.join('\n  ')}`);
  }
  console.log(`${counts.passed + counts.failed} cuts · ${acknowledged} acknowledged · ${counts.failed === 0 ? '0 lost' : 'LOSSES'}`);
}

async function findPlanted(folder, bug, counts) {
  for (let i = 0; i < PLANTED_CUTS; i++) {
    const seed = `${options.seed}/${bug.name}/${i}`;
    const plan = { kind: 'answer', operations: randomOf(seed, 'cut').between(1, 5), faults: [] };
    const trial = await oneCut({ folder, seed, plan, planned: bug.faults, trialOptions: { clients: 1, beginnings: { upload: 1 } } });
    if (trial.problems.length === 0) continue;
    counts.passed++;
    console.log(`planted ${bug.name}: found by cut ${i + 1}: ${trial.problems[0].slice(0, 160)}`);
    return;
  }
  counts.failed++;
  console.log(`planted ${bug.name}: NOT FOUND by ${PLANTED_CUTS} cuts (--seed ${options.seed})`);
}

async function main() {
  const folder = imageFolder();
  const counts = { passed: 0, failed: 0 };
  console.log(`seed ${options.seed}`);
  const reason = whyNot(folder, join(folder, EMPTY));
  if (reason) {
    console.log(`SKIPPED: no power was cut: ${reason}. The trace of system calls stands alone here.`);
  } else {
    await survive(folder, counts);
    for (const bug of plantedBugs('power').filter((bug) => bug.seenByCuts)) await findPlanted(folder, bug, counts);
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(`# pass ${counts.passed}\n# fail ${counts.failed}\n# skipped ${reason ? 1 : 0}`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

await main();
