// Planted bugs: a harness counts for nothing until it has found some. Each is a switch of the server (app/faults.hpp),
// run with the crash that brings it to light.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseCrash, crashAt, runTrial } from './rounds.mjs';

const LIST = new URL('../planted.json', import.meta.url);

export const plantedBugs = (rig) => JSON.parse(readFileSync(LIST, 'utf8')).bugs.filter((bug) => bug.rig === rig);

/// One of a bug's crashes, with a random pass of its point.
function crashOf(bug) {
  return bug.crashes ? (random) => crashAt(...random.pick(bug.crashes), random) : chooseCrash;
}

/// Answers for each bug whether it was found, how, and in which round.
export async function findPlanted(folder, seed) {
  const results = [];
  for (const bug of plantedBugs('kill')) {
    const result = await runTrial({
      folder,
      name: `planted-${bug.name}`,
      seed: `${seed}/${bug.name}`,
      rounds: bug.rounds,
      planned: bug.faults,
      choose: crashOf(bug),
      trialOptions: bug.beginnings ? { beginnings: bug.beginnings } : {},
    });
    const how = result.problems[0]?.slice(0, 160);
    results.push({ name: bug.name, found: result.problems.length > 0, how, rounds: result.rounds });
  }
  return results;
}
