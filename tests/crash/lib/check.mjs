// After a crash: everything that was acknowledged is there, nothing else is, and what nobody knows is wholly there or
// wholly absent.
import { learnIds, visible } from './family.mjs';
import { fitting } from './load.mjs';
import { isReplay } from './operations.mjs';
import { checkBytes, World } from './world.mjs';

const NOTHING = { gen: null, assets: [] };
const SAMPLE = 10;

function describe(family, seen) {
  const wanted = family.states.map((state) => JSON.stringify(visible(state))).join(' or ');
  return `family ${family.token} is ${JSON.stringify({ gen: seen.gen, assets: seen.assets })}, should be ${wanted}`;
}

/// Names what went wrong, for people: an acknowledged thing that is gone, a thing that nobody sent, or neither.
function nameOf(family, seen) {
  const wanted = visible(family.states[0]);
  if (family.certain && wanted.gen && !seen.gen) return 'lost';
  if (family.certain && wanted.assets.length > seen.assets.length) return 'lost';
  if (!wanted.gen && seen.gen) return family.states[0].gen ? 'back from the trash' : 'phantom';
  return 'wrong';
}

/// Settles a family by what is seen of it.
function resolve(trial, family, seen) {
  if (family.states.length === 0) return; // complained about already
  const possible = fitting(family, seen);
  if (possible.length === 0) {
    trial.problems.push(`${nameOf(family, seen)}: ${describe(family, seen)}`);
    family.states = [];
    family.pending = null;
    return;
  }
  const { pending } = family;
  if (pending) pending.applied = possible.includes(pending.after) && !possible.includes(pending.before);
  if (pending) pending.ambiguous = possible.includes(pending.after) && possible.includes(pending.before);
  family.states = [possible[0]];
  learnIds(family.state, seen);
}

/// An operation whose answer was lost is sent again with its key: it has one effect in all.
async function retry(trial, client, family, round) {
  const operation = family.pending;
  family.pending = null;
  if (!operation || family.states.length === 0) return;
  const [outcome] = await trial.perform(client, { ...operation, name: `retry of ${operation.name}`, requests: [operation.requests[0]] }, round);
  if (outcome.kind !== 'answer' || outcome.status !== operation.status) {
    const told = outcome.kind === 'answer' ? `${outcome.status} ${outcome.bytes.toString().slice(0, 200)}` : outcome.why;
    return trial.complain(family, `retry of ${operation.name} answered ${told} instead of ${operation.status}`);
  }
  trial.acknowledged++;
  if (!operation.ambiguous && isReplay(outcome) !== operation.applied) {
    const what = operation.applied ? 'doubled: done again, though it had been done' : 'phantom: replayed, though nothing is there';
    trial.complain(family, `${what}: ${operation.name}`);
  }
  operation.done(outcome);
  family.states = [operation.after];
  family.touched = true;
}

async function inBatches(list, size, run) {
  for (let at = 0; at < list.length; at += size) await Promise.all(list.slice(at, at + size).map(run));
}

async function compare(trial, client) {
  const world = await World.look(client, trial.problems);
  for (const token of world.byToken.keys()) {
    if (!trial.families.has(token)) trial.problems.push(`invented: something of family ${token}`);
  }
  for (const family of trial.families.values()) resolve(trial, family, world.byToken.get(family.token) ?? NOTHING);
}

/// Bytes of what was worked on since the last check, and of some that were not; of everything at the end.
async function readBytes(trial, client, random, everything) {
  const families = [...trial.families.values()].filter((family) => family.certain);
  const some = new Set(everything ? families : families.filter((family) => family.touched));
  for (let i = 0; i < SAMPLE && families.length > 0; i++) some.add(random.pick(families));
  const assets = [...some].flatMap((family) => visible(family.state).assets.map((asset) => ({ family, asset })));
  await inBatches(assets, 16, async ({ family, asset }) => {
    const wrong = await checkBytes(client, asset);
    if (wrong) trial.complain(family, wrong);
  });
  for (const family of families) family.touched = false;
}

/// Everything out of the trash again, whole.
async function restoreAll(trial, client) {
  const gone = [...trial.families.values()].filter((family) => family.certain && family.state.gen?.deleted && family.state.gen.id);
  await inBatches(gone, 16, async (family) => {
    const { gen, assets } = family.state;
    const answer = await client.send({ method: 'POST', path: `/v1/generations/${gen.id}/restore` });
    if (answer.status !== 200) return trial.complain(family, `lost: ${gen.id} was in the trash, its restore answers ${answer.status}`);
    Object.assign(gen, { deleted: false, version: gen.version + 1 });
    for (const asset of assets.filter((one) => one.gone === 'with')) Object.assign(asset, { gone: null, version: asset.version + 1 });
  });
}

export async function check(trial, client, { round, random, last }) {
  await compare(trial, client);
  const pending = [...trial.families.values()].filter((family) => family.pending);
  await inBatches(pending, 16, (family) => retry(trial, client, family, round));
  if (last) await restoreAll(trial, client);
  if (last || pending.length > 0) await compare(trial, client);
  await readBytes(trial, client, random, last);
}
