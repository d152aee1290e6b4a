// What holds for a copy from any kind of place to any other. Each is a test over a source that was filled and stopped, and a
// target that is not there yet.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomOf } from '../../crash/lib/random.mjs';
import { copied, copy, reportOf, startCopy } from './copy.mjs';
import { keepWriting } from './deployment.mjs';

const MINUTES = 60_000;
const secretOf = (place) => readFileSync(join(place.data, 'secret.key'), 'utf8').trim();

export async function fill(place, items = 12) {
  const source = await place.serve();
  for (let i = 0; i < items; i++) {
    const made = await source.generate({
      prompt: `a heron, number ${i}`, tags: ['wading', `n${i}`], favorite: i % 3 === 0,
      inputParams: { z: 1e3, negative_prompt: 'blurry', a: [1.5, null], text: 'ä' }, metadata: { n: 1.5 }, cost: { amount: '0.0400', currency: 'USD' },
    });
    await source.upload(Buffer.from(`pixels of ${i}`), `heron-${i}.txt`, made);
  }
  await source.stop();
}

async function answersAsTheSource({ from, to }) {
  const report = await copied({ from, to });
  assert.equal(report.sent, 12);
  assert.equal(report.tables.generations.added, 12);
  assert.equal(secretOf(to), secretOf(from));
  assert.equal(statSync(join(to.data, 'secret.key')).mode & 0o777, 0o600);
  assert.notDeepEqual(await to.files.read('STORE_ID'), await from.files.read('STORE_ID'));
  const [one, other] = [await from.everything(), await to.everything()];
  assert.equal(one.generations.length, 12);
  assert.deepEqual(other, one);

  // Its numbers go on behind those that came, and full text is its own.
  const target = await to.serve();
  const made = await target.generate({ prompt: 'an egret' });
  await target.upload(Buffer.from('pixels of an egret'), 'egret.txt', made);
  await target.call('POST', '/v1/keys', { status: 201, json: { name: 'app', scopes: ['read'] } });
  for (const [query, count] of [['q=herons', 12], ['tag=n7', 1], ['tag=wading', 12], ['q=egret', 1]]) {
    assert.equal((await target.list(`/v1/generations?${query}`)).length, count, query);
  }
  await target.stop();
}

async function takesOnlyWhatHasChanged({ from, to }) {
  let source = await from.serve();
  const key = (await source.call('POST', '/v1/keys', { status: 201, json: { name: 'app', scopes: ['read'] } })).json();
  await source.stop();
  await copied({ from, to });
  const nothing = await copied({ from, to });
  assert.deepEqual([nothing.added, nothing.changed, nothing.deleted, nothing.sent, nothing.there], [0, 0, 0, 0, 12]);

  source = await from.serve();
  const [first, second, ...rest] = await source.list('/v1/generations');
  await source.call('PATCH', `/v1/generations/${first.id}`, { json: { prompt: 'an egret' } });
  await source.call('DELETE', `/v1/generations/${second.id}`, { status: 204 });
  await source.call('DELETE', `/v1/keys/${key.id}`, { status: 204 });
  await source.upload(Buffer.from('one more'), 'more.txt');
  await source.stop();
  const report = await copied({ from, to });
  assert.deepEqual([report.sent, report.there], [1, 12]);
  assert.deepEqual(report.tables.generations, { rows: 12, added: 0, changed: 2, deleted: 0 });
  assert.deepEqual(report.tables.assets, { rows: 13, added: 1, changed: 1, deleted: 0 });
  assert.equal(report.tables.api_keys.deleted, 1);
  assert.ok(report.tables.changes.deleted > 0, 'a change that was replaced is gone');
  assert.deepEqual(await to.everything(), await from.everything());

  const target = await to.serve();
  const found = async (query) => (await target.list(`/v1/generations?q=${query}`)).map(({ id }) => id);
  assert.deepEqual(await found('egret'), [first.id]);
  // The name of its file still says heron.
  assert.deepEqual(await found('heron'), [first, ...rest].map(({ id }) => id));
  await target.call('GET', '/v1/assets', { headers: { Authorization: `Bearer ${key.key}` }, status: 401 });
  await target.stop();
}

/** Kills the copy as soon as it says that so many tenths of the files are there. */
async function killedAt(tenth, options) {
  const { child, ended } = startCopy(options);
  let told = '';
  child.stderr.on('data', (text) => {
    told += text;
    if (told.includes(`files: ${tenth}0 %`)) child.kill('SIGKILL');
  });
  return ended;
}

async function goesOnAfterAKill({ from, to, random }) {
  let killed = 0;
  let there = 0;
  while (there < 60) {
    const tenth = Math.min(9, Math.floor(there / 6) + 1 + random.below(3));
    const { status, signal, stdout, stderr } = await killedAt(tenth, { from, to });
    if (signal !== 'SIGKILL') { // it was over before the kill came
      assert.equal(status, 0, stderr + stdout);
      break;
    }
    killed++;
    const before = (await to.files.keys()).length;
    assert.ok(before >= there, 'a file that was there is gone');
    assert.match(await to.refused(), /has not ended.*medialith copy/s);
    const planned = reportOf((await copy({ from, to, words: ['--dry-run'] })).stdout);
    there = planned.there;
    assert.ok(there >= before, 'a file that is there would be sent again'); // one on its way to a bucket may arrive yet
    assert.equal(planned.sent, 60 - there);
    if (tenth === 9) break;
  }
  assert.ok(killed > 0);
  const report = await copied({ from, to });
  assert.deepEqual([report.there, report.sent], [there, 60 - there]);
  assert.deepEqual(await to.everything(), await from.everything());
}

async function namesAFlippedByte({ from, to }) {
  const key = await from.flipByte();
  const { status, stdout, stderr } = await copy({ from, to });
  assert.equal(status, 1, stderr);
  assert.match(stdout, new RegExp(`${key}: its bytes do not have the SHA-256.*asset file_\\w+ "heron-\\d+.txt"`));
  assert.equal(reportOf(stdout).sent, 11);
  assert.match(await to.refused(), /has not ended/);

  await from.flipByte(key);
  const report = await copied({ from, to });
  assert.deepEqual([report.sent, report.there], [1, 11]);
  assert.deepEqual(await to.everything(), await from.everything());
}

async function copiesOneMoment({ from, to, random }) {
  const source = await from.serve();
  const before = await source.everything();
  const load = keepWriting(source, random);
  try {
    await copied({ from, to });
    await copied({ from, to });
  } finally {
    assert.ok((await load.stop()) > 0);
  }
  const target = await to.everything(); // every file that is listed is served, with the SHA-256 of its row
  const ids = new Set(target.generations.map(({ id }) => id));
  for (const { id } of before.generations) assert.ok(ids.has(id), `${id} was there before the copy began`);
  assert.ok(target.assets.every(({ generationId }) => ids.has(generationId)), 'an asset without its generation');

  const now = await source.everything();
  await source.stop();
  const planned = await copy({ from, to, words: ['--dry-run'] });
  const report = await copied({ from, to });
  assert.deepEqual(reportOf(planned.stdout), report);
  assert.deepEqual(await to.everything(), now);
}

async function keepsAnotherSecret({ from, to }) {
  mkdirSync(to.data);
  writeFileSync(join(to.data, 'secret.key'), `${'x'.repeat(40)}\n`);
  const inFolder = await copy({ from, to });
  assert.equal(inFolder.status, 1);
  assert.match(inFolder.stderr, /another secret/);
  assert.deepEqual(readdirSync(to.data), ['secret.key']);
  assert.deepEqual(await to.files.keys(), []);
  const inFile = await copy({ from, to: to.with({ MEDIALITH_SECRET: 'y'.repeat(40) }) });
  assert.equal(inFile.status, 1);
  assert.match(inFile.stderr, /another secret/);
  assert.doesNotMatch(inFile.stderr, /yyyy/);
}

async function makesNoSecondSecret({ from, to }) {
  await copied({ from, to: to.with({ AUTH_SECRET: `"${secretOf(from)}"` }) });
  assert.ok(!existsSync(join(to.data, 'secret.key')));
}

async function plansWithoutAChange({ from, to }) {
  const { status, stdout, stderr } = await copy({ from, to, words: ['--dry-run'] });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /nothing was changed/);
  assert.ok(!existsSync(to.data));
  assert.deepEqual(await copied({ from, to }), reportOf(stdout));
}

async function refusesAServedTarget({ from, to }) {
  await copied({ from, to });
  const target = await to.serve();
  // From another machine, too, which has no folder in common with the server.
  const elsewhere = Object.keys(to.variables).length === 0 ? to : to.elsewhere();
  for (const place of [to, elsewhere]) {
    const { status, stderr } = await copy({ from, to: place });
    assert.equal(status, 1);
    assert.match(stderr, /in use by another medialith|works on the target/);
  }
  await target.stop();
  const report = await copied({ from, to });
  assert.deepEqual([report.sent, report.there], [0, 12]);
}

async function refusesADeploymentOfItsOwn({ from, to }) {
  const own = to.with({ MEDIALITH_SECRET: secretOf(from) });
  await (await own.serve()).stop();
  const { status, stderr } = await copy({ from, to: own });
  assert.equal(status, 1);
  assert.match(stderr, /a deployment of its own/);
}

async function refusesATargetThatWasWrittenTo({ from, to }) {
  await copied({ from, to });
  const target = await to.serve();
  await target.generate({ prompt: 'a heron that only the target has' });
  await target.stop();
  const { status, stderr } = await copy({ from, to });
  assert.equal(status, 1);
  assert.match(stderr, /written to since/);
}

export const MAIN = { answersAsTheSource, takesOnlyWhatHasChanged, goesOnAfterAKill, namesAFlippedByte, refusesAServedTarget };
export const MORE = {
  copiesOneMoment, keepsAnotherSecret, makesNoSecondSecret, plansWithoutAChange, refusesADeploymentOfItsOwn, refusesATargetThatWasWrittenTo,
};

const ITEMS = { goesOnAfterAKill: 60, copiesOneMoment: 40 };
const words = (name) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A test for each flow. `makeFrom` and `makeTo` make a place of a name. */
export function testFlows(title, flows, { seed, makeFrom, makeTo }) {
  for (const [name, flow] of Object.entries(flows)) {
    test(`a copy from ${title} ${words(name)}`, { timeout: 5 * MINUTES }, async () => {
      const from = await makeFrom('from');
      const to = await makeTo('to');
      await fill(from, ITEMS[name]);
      await flow({ from, to, random: randomOf(`${seed} ${name}`) });
    });
  }
}
