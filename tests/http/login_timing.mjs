// node --test login_timing.mjs      (in `make test-all`; SAMPLES=2000 of each kind)
//
// R-S1: the time of a refused login must not tell whether there is such an account. Known and unknown e-mail addresses are
// tried in turn, in random order, over one connection each; their medians may differ by 2 ms or 5 %, whichever is more. That
// the measure has eyes is shown first: a refusal that hashes no password is told apart.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { Server } from './harness.mjs';
import { PASSWORD } from './people.mjs';

const SAMPLES = Number(process.env.SAMPLES ?? 2000);
const ACCOUNTS = 20;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Each try comes from an address of its own, so that no limit refuses it. */
const address = (serial) => `198.18.${serial >> 8}.${serial & 255}`;

test(`a wrong password takes as long for an account that is not there (${SAMPLES} of each)`, async (t) => {
  const server = await Server.forTest(t, { variables: { HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open', MEDIALITH_TRUSTED_PROXIES: '127.0.0.1' } });
  let serial = 0;
  const post = (path, body) => server.client.post(path, body, { headers: { 'X-Forwarded-For': address(serial++ % 65_536) } });
  for (let i = 0; i < ACCOUNTS; i++) assert.equal((await post('/v1/auth/register', { email: `known${i}@example.com`, password: PASSWORD })).status, 201);
  /** Milliseconds until it is refused with `status`. */
  const timed = async (body, status) => {
    const started = performance.now();
    const answer = await post('/v1/auth/login', body);
    const took = performance.now() - started;
    assert.equal(answer.status, status, answer.text);
    return took;
  };
  const kinds = {
    known: () => timed({ email: `known${randomInt(ACCOUNTS)}@example.com`, password: 'a wrong password' }, 401),
    unknown: () => timed({ email: `other${randomInt(ACCOUNTS)}@example.com`, password: 'a wrong password' }, 401),
    unhashed: () => timed({ email: 'known1@example.com' }, 400),
  };
  const times = { known: [], unknown: [], unhashed: [] };
  const sample = async (names) => {
    if (randomInt(2) === 1) names.reverse();
    for (const name of names) times[name].push(await kinds[name]());
  };
  for (let i = 0; i < 50; i++) await sample(['known', 'unhashed']);
  const seen = median(times.known) - median(times.unhashed);
  assert.ok(seen > 4, `the measure does not see a password being hashed: ${seen} ms`);
  times.known = [];
  for (let i = 0; i < SAMPLES; i++) await sample(['known', 'unknown']);
  const [known, unknown] = [median(times.known), median(times.unknown)];
  const allowed = Math.max(2, 0.05 * Math.min(known, unknown));
  t.diagnostic(`medians: known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms; a hash takes ${seen.toFixed(1)} ms`);
  assert.ok(Math.abs(known - unknown) <= allowed, `known ${known} ms, unknown ${unknown} ms: more than ${allowed} ms apart`);
});
