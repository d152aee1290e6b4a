// Between two folders: what holds everywhere (lib/flows.mjs), and what a command line may say.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { randomOf } from '../crash/lib/random.mjs';
import { copied, copy, reportOf, startCopy } from './lib/copy.mjs';
import { MAIN, MORE, fill, testFlows } from './lib/flows.mjs';
import { Places } from './lib/places.mjs';

const seed = process.env.SEED ?? randomBytes(4).toString('hex');
console.log(`seed ${seed} (SEED=${seed} runs the same)`);

const places = new Places();
after(() => places.stop());
const make = (name) => places.sqliteAndFolder(name);

/** A source that is filled and stopped, and a target that is not there yet. */
async function two(items) {
  const [from, to] = [await make('from'), await make('to')];
  await fill(from, items);
  return { from, to };
}

testFlows('a folder to another:', { ...MAIN, ...MORE }, { seed, makeFrom: make, makeTo: make });

test('a run that is killed at a failpoint is gone on with, and no file is sent twice', async (t) => {
  const { from, to } = await two(60);
  const random = randomOf(seed);
  let killed = 0;
  for (let there = 0; ; ) {
    const point = random.below(2) === 0 ? 'after_link' : 'after_commit';
    const at = point === 'after_link' ? 1 + random.below(15) : 1 + random.below(5);
    const { status, signal, stdout, stderr } = await copy({ from, to: to.with({ MEDIALITH_TEST_FAULTS: `kill_at=${point}:${at}` }) });
    if (status === 0) {
      const report = reportOf(stdout);
      assert.deepEqual([report.there, report.sent], [there, 60 - there]);
      break;
    }
    assert.equal(signal, 'SIGKILL', stderr + stdout);
    const files = (await to.files.keys()).length;
    assert.ok(files >= there, 'a file that was there is gone');
    there = files;
    // With all of them there the kill may have come behind the last commit.
    if (there > 0 && there < 60) assert.match(await to.refused(), /has not ended.*medialith copy/s);
    assert.ok(++killed < 200, 'no run ever ended');
  }
  assert.ok(killed > 0);
  t.diagnostic(`killed ${killed} times`);
  assert.deepEqual(await to.everything(), await from.everything());
});

test('a run that is killed from outside is gone on with', async () => {
  const { from, to } = await two(60);
  const random = randomOf(`${seed} outside`);
  for (let round = 0; round < 5; round++) {
    const { child, ended } = startCopy({ from, to });
    const timer = setTimeout(() => child.kill('SIGKILL'), random.below(300));
    await ended;
    clearTimeout(timer);
  }
  const report = await copied({ from, to });
  assert.equal(report.sent + report.there, 60);
  assert.deepEqual(await to.everything(), await from.everything());
});

test('the comparison finds the planted bug: bytes that nobody checked', async () => {
  const { from, to } = await two();
  const key = await from.flipByte();
  await copied({ from, to: to.with({ MEDIALITH_TEST_FAULTS: 'skip_hash' }) });
  await assert.rejects(to.everything(), /the bytes of file_/);
  assert.ok((await to.files.keys()).includes(key));
});

test('a source is a deployment, and no target is its own source', async () => {
  const { from, to } = await two(1);
  const refusal = async (options) => {
    const { status, stderr } = await copy(options);
    assert.equal(status, 1, stderr);
    return stderr;
  };
  assert.match(await refusal({ from, to: from }), /the same deployment|in use/);
  assert.match(await refusal({ from: await make('nowhere'), to }), /no deployment to copy/);
  assert.match(await refusal({ from: to, to: await make('another') }), /no deployment to copy/);
});

test('what it is asked has to make sense', async () => {
  const { from, to } = await two(1);
  const broken = `${places.folder('broken')}.env`;
  writeFileSync(broken, 'MEDIALITH_DATA=x\nhunter2\n');
  const noLine = await copy({ from, to: broken });
  assert.equal(noLine.status, 1);
  assert.match(noLine.stderr, /broken-\w+\.env, line 2/);
  assert.doesNotMatch(noLine.stderr, /hunter2/);
  const unknown = await copy({ from, to: to.with({ MEDIALITH_NONSENSE: '1' }) });
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /--to .*to-\w+\.env[^]*MEDIALITH_NONSENSE/);
  assert.notEqual((await startCopy({ from, to, words: ['--nonsense'] }).ended).status, 0);
});

test('progress is plain lines where there is no terminal', async () => {
  const { from, to } = await two();
  const { stderr } = await copy({ from, to });
  assert.match(stderr, /^rows: \d+ % of \d+$/m);
  assert.match(stderr, /^files: 100 % of \d+ bytes$/m);
  assert.doesNotMatch(stderr, /[\r\x1b]/);
});
