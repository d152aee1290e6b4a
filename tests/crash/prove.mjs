// node prove.mjs [--kills N] [--seed S]
//
// What `make prove` shows: 16 clients work on the server, it is killed, started again over the same folder, and all it
// has acknowledged is compared with what is there.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeCrash, runTrial, workFolder } from './lib/rounds.mjs';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
});

async function main() {
  const folder = workFolder('prove');
  console.log(`Killing the server under 16 clients, again and again, over ${folder} (seed ${options.seed})\n`);
  let before = 0;
  const result = await runTrial({
    folder, name: 'prove',
    seed: options.seed,
    rounds: Number(options.kills),
    onRound(trial, plan, round) {
      const files = [...trial.families.values()].reduce((sum, family) => sum + (family.states[0]?.assets.length ?? 0), 0);
      const acknowledged = trial.acknowledged - before;
      before = trial.acknowledged;
      const columns = [`${round + 1}`.padStart(4), describeCrash(plan).padEnd(44), `${acknowledged}`.padStart(5)];
      console.log(`${columns.join('  ')} acknowledged   ${trial.families.size} things and ${files} files compared`);
    },
  });
  for (const problem of result.problems) console.log(`  ${problem}`);
  if (result.problems.length > 0) console.log(`  data ${result.data}\n  history ${result.history}`);
  else rmSync(folder, { recursive: true, force: true });
  console.log(`\n${result.rounds} kills · ${result.acknowledged} acknowledged · ${result.problems.length} lost`);
  process.exitCode = result.problems.length === 0 ? 0 : 1;
}

await main();
