// node run.mjs [--rounds N] [--seed S] [--recovery MS] [--no-planted]
//
// Finds each planted bug of planted.json, then kills three servers and PostgreSQL, round by round, and compares what is there
// with what was acknowledged. Ends with "N passed, N failed": one for each round, one for each planted bug. A failure names
// the seed and leaves the history.
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { workFolder } from '../crash/lib/rounds.mjs';
import { besideBoth } from './lib/cluster.mjs';
import { runTrial } from './lib/rounds.mjs';

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: 'string', default: '2' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    recovery: { type: 'string', default: '5000' },
    planted: { type: 'boolean', default: true },
  },
});
const { bugs } = JSON.parse(readFileSync(new URL('planted.json', import.meta.url), 'utf8'));

async function findPlanted(backends, folder, counts) {
  for (const { name, faults, deaths, rounds, shows } of bugs) {
    const trial = { backends, folder, name, faults, deaths, rounds, seed: `${options.seed}/${name}` };
    const { problems, rounds: made } = await runTrial(trial);
    const found = problems.find((problem) => new RegExp(shows).test(problem));
    counts[found ? 'passed' : 'failed']++;
    console.log(`planted ${name}: ${found ? `found in round ${made}: ${found.slice(0, 160)}` : `NOT FOUND in ${made} rounds (--seed ${options.seed}): ${problems.slice(0, 3)}`}`);
  }
}

async function survive(backends, folder, counts) {
  const { trial, rounds, problems, history } = await runTrial({
    backends, folder, name: 'cluster', seed: options.seed, rounds: Number(options.rounds), recovery: Number(options.recovery),
    onRound({ acknowledged, families, recoveries }, round, { fenced }) {
      console.log(`round ${round}: ${acknowledged} acknowledged, ${families.size} families, ${fenced} rows purged, slowest recovery ${Math.round(Math.max(...recoveries))} ms`);
    },
  });
  counts.passed += rounds - (problems.length > 0 ? 1 : 0);
  console.log(`${rounds} rounds · ${rounds * 4} deaths · ${trial.acknowledged} acknowledged · ${problems.length > 0 ? 'LOSSES' : '0 lost'}`);
  if (problems.length === 0) return;
  counts.failed++;
  console.log(`FAILED (--seed ${options.seed}):\n  ${problems.slice(0, 20).join('\n  ')}\n  history ${history}`);
}

async function main() {
  const folder = workFolder('cluster');
  const counts = { passed: 0, failed: 0 };
  console.log(`seed ${options.seed}`);
  await besideBoth(async (postgres, gateway) => {
    const backends = { postgres, gateway };
    if (options.planted) await findPlanted(backends, folder, counts);
    await survive(backends, folder, counts);
  });
  if (counts.failed === 0) rmSync(folder, { recursive: true, force: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

await main();
