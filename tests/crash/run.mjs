// node run.mjs [--rounds N] [--seed S] [--planted | --no-planted] [--quiet]
//
// Kills the server again and again under load and compares what it holds with what it has told; then the same with each
// planted bug of planted.json, which has to be found. Ends with "N passed, N failed": one for each round, one for each
// planted bug. A failure names the seed and leaves the data folder and the history.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findPlanted } from './lib/planted.mjs';
import { describeCrash, runTrial, workFolder } from './lib/rounds.mjs';

const ROUNDS_OF_A_FOLDER = 10;

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    planted: { type: 'boolean', default: true },
    quiet: { type: 'boolean', default: false },
  },
});

async function survive(folder, rounds, seed) {
  const counts = { passed: 0, failed: 0, acknowledged: 0 };
  for (let done = 0, part = 0; done < rounds; part++) {
    const name = `part${part}`;
    const result = await runTrial({
      folder, name,
      seed: `${seed}/${part}`,
      rounds: Math.min(ROUNDS_OF_A_FOLDER, rounds - done),
      onRound(trial, plan, round) {
        if (options.quiet) return;
        console.log(`${name} round ${round}: ${describeCrash(plan)}; ${trial.acknowledged} acknowledged, ${trial.families.size} families`);
      },
    });
    done += result.rounds;
    counts.acknowledged += result.acknowledged;
    counts.passed += result.rounds - (result.problems.length > 0 ? 1 : 0);
    if (result.problems.length === 0) continue;
    counts.failed++;
    console.log(`FAILED in ${name} (--seed ${seed}):\n  ${result.problems.slice(0, 20).join('\n  ')}`);
    console.log(`  data ${result.data}\n  history ${result.history}`);
    break;
  }
  return counts;
}

async function main() {
  const begun = performance.now();
  const folder = workFolder('crash');
  console.log(`seed ${options.seed}`);
  const counts = await survive(folder, Number(options.rounds), options.seed);
  console.log(`${counts.passed} rounds · ${counts.acknowledged} acknowledged · ${counts.failed ? 'LOSSES' : '0 lost'} · ${Math.round((performance.now() - begun) / 1000)} s`);
  if (options.planted) {
    for (const bug of await findPlanted(folder, options.seed)) {
      counts[bug.found ? 'passed' : 'failed']++;
      console.log(`planted ${bug.name}: ${bug.found ? `found in round ${bug.rounds}: ${bug.how}` : `NOT FOUND in ${bug.rounds} rounds (--seed ${options.seed})`}`);
    }
  }
  if (counts.failed === 0) rmSync(folder, { recursive: true, force: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

await main();
