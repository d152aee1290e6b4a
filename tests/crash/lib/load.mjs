// Clients that work on a server until it dies: each with families of its own, one operation at a time.
import { begin, goOn, Violation } from './operations.mjs';
import { Family, matches } from './family.mjs';
import { checkBytes } from './world.mjs';

export const CLIENTS = 16;
const BEGINNINGS = { create: 5, twinCreate: 0.5, raceCreate: 0.7, upload: 2.5, uploadRecipe: 0.6 };
const FAMILIES_OF_A_CLIENT = 40;

const LOGGED = ['method', 'path'];

/// What is shared by the clients of one data folder, over all its rounds. Persistent clients go on after a lost answer.
export class Trial {
  constructor({ seed, history, beginnings = BEGINNINGS, clients = CLIENTS, persistent = false }) {
    Object.assign(this, { seed, history, beginnings, clients, persistent });
    this.families = new Map();
    this.owned = Array.from({ length: clients }, () => []);
    this.problems = [];
    this.acknowledged = 0;
    this.count = 0;
  }

  complain(family, what) {
    this.problems.push(`${what} (family ${family.token})`);
  }

  newFamily(owner) {
    const family = new Family(`f${owner}x${this.families.size}`);
    this.families.set(family.token, family);
    this.owned[owner].push(family);
    return family;
  }

  /// Sends an operation's requests, with a line in the history before and after each.
  async perform(client, operation, round) {
    const { family, requests, name } = operation;
    const number = ++this.count;
    const about = { round, op: number, name, family: family.token, ...(operation.key ? { key: operation.key } : {}) };
    await this.history.write({ event: 'invoke', ...about, requests: requests.map((one) => Object.fromEntries(LOGGED.map((member) => [member, one[member]]))) });
    const outcomes = await Promise.all(requests.map((request) => client.send(request)));
    for (const outcome of outcomes) {
      const event = outcome.kind === 'answer' ? (outcome.status < 300 ? 'ok' : 'fail') : outcome.kind;
      await this.history.write({ event, op: number, ...(outcome.status ? { status: outcome.status } : { why: outcome.why }) });
    }
    return outcomes;
  }

  /// Performs it and keeps what it settles.
  async run(client, operation, round) {
    const { family } = operation;
    const outcomes = await this.perform(client, operation, round);
    try {
      family.states = operation.settle(outcomes);
      this.acknowledged += outcomes.filter((outcome) => outcome.kind === 'answer' && outcome.status < 300).length;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.complain(family, error.message);
      family.states = [];
    }
    family.touched = true;
    family.pending = family.states.length > 1 && operation.key ? operation : null;
    const answered = outcomes.some((outcome) => outcome.status === operation.status);
    family.last = operation.key && answered && family.certain ? operation : null;
    return outcomes;
  }
}

/// A read that has to show what was just answered.
async function readOwn(trial, client, family) {
  const { gen, assets } = family.state;
  if (gen?.id) {
    const answer = await client.send({ path: `/v1/generations/${gen.id}` });
    if (answer.kind !== 'answer') return;
    const stale = gen.deleted ? answer.status !== 404 : answer.status !== 200 || answer.json().version !== gen.version;
    if (stale) trial.complain(family, `stale: generation ${gen.id} reads ${answer.status}, not its version ${gen.version}`);
  }
  const asset = assets.find((one) => !one.gone && one.id);
  if (!asset) return;
  const wrong = await checkBytes(client, asset);
  if (wrong && !wrong.endsWith('unknown') && !/ECONN|EPIPE|cut|fail/.test(wrong)) trial.complain(family, wrong);
}

/// One client. Ends when `stop.now` is set, when it has made `most` operations, or, unless it is persistent, when nobody
/// listens any more.
async function work(trial, client, owner, random, stop, round, most) {
  for (let made = 0; made < most && !stop.now; made++) {
    const mine = trial.owned[owner].filter((family) => family.certain);
    const alive = mine.filter((family) => family.state.gen || family.state.assets.length > 0);
    const fresh = alive.length === 0 || (alive.length < FAMILIES_OF_A_CLIENT && random.chance(0.35));
    const family = fresh ? trial.newFamily(owner) : random.pick(alive);
    const operation = fresh ? begin(family, random, trial.beginnings) : goOn(family, random);
    const outcomes = await trial.run(client, operation, round);
    stop.answered = performance.now();
    if (!trial.persistent && outcomes.some((outcome) => outcome.kind !== 'answer')) return;
    if (family.certain && random.chance(0.1)) await readOwn(trial, client, family);
  }
}

export function startLoad(trial, client, { round, most, randomFor }) {
  const stop = { now: false, answered: performance.now() };
  const owners = Array.from({ length: trial.clients }, (_, owner) => owner);
  const done = Promise.all(owners.map((owner) => work(trial, client, owner, randomFor(owner), stop, round, most)));
  return { stop, done };
}

/// Which states of a family a client's view fits.
export const fitting = (family, seen) => family.states.filter((state) => matches(state, seen));
