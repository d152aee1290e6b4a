// The operations of a client: the requests of one, and the states that its family may be in afterwards, given what was
// answered. What an answer must not be is thrown as a Violation.
import { fill, filenameOf, promptOf, sha256 } from './family.mjs';
import { makePng } from './png.mjs';

export class Violation extends Error {}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LARGE_FILE = 300 * 1024;

const copy = (state) => structuredClone(state);
const isAnswer = (outcome, status) => outcome.kind === 'answer' && outcome.status === status;
const show = (outcome) => (outcome.kind === 'answer' ? `${outcome.status} ${outcome.bytes.toString().slice(0, 200)}` : outcome.kind);
export const isReplay = (outcome) => outcome.headers['idempotency-replayed'] === 'true';

function demand(condition, what) {
  if (!condition) throw new Violation(what);
}

// ---- what an answer settles -----------------------------------------------------------------------------------------

/// One request that changes `before` into `after` when it is done.
function change({ name, family, request, key, status, after, check = () => {} }) {
  const before = family.state;
  if (key) request.headers = { ...request.headers, 'Idempotency-Key': key };
  const done = (outcome) => {
    demand(isAnswer(outcome, status), `${name} answered ${show(outcome)} instead of ${status}`);
    check(outcome, after);
    return after;
  };
  return {
    name, family, key, status, before, after, done, requests: [request],
    settle([outcome]) {
      if (outcome.kind === 'fail') return [before];
      if (outcome.kind === 'unknown') return [before, after];
      return [done(outcome)];
    },
  };
}

/// One request that must be refused and change nothing.
function refusal({ name, family, request, status }) {
  const before = family.state;
  return {
    name, family, requests: [request],
    settle([outcome]) {
      demand(outcome.kind !== 'answer' || outcome.status === status, `${name} answered ${show(outcome)} instead of ${status}`);
      return [before];
    },
  };
}

/// Requests sent at once of which exactly one is done; `afters[i]` is what the i-th would make. A refusal tells that
/// another one has been done, and that must last as an answer does.
function race({ name, family, requests, afters, status, refused, check = () => {} }) {
  const before = family.state;
  return {
    name, family, requests,
    settle(outcomes) {
      for (const outcome of outcomes) {
        const allowed = outcome.kind !== 'answer' || outcome.status === status || outcome.status === refused;
        demand(allowed, `${name} answered ${show(outcome)}`);
      }
      const indices = outcomes.map((_, i) => i);
      const winners = indices.filter((i) => isAnswer(outcomes[i], status));
      demand(winners.length < 2, `doubled: ${name} was answered ${status} twice`);
      if (winners.length === 1) {
        const after = afters[winners[0]];
        check(outcomes[winners[0]], after);
        return [after];
      }
      const possible = indices.filter((i) => outcomes[i].kind === 'unknown').map((i) => afters[i]);
      const somebodyWon = outcomes.some((outcome) => isAnswer(outcome, refused));
      demand(possible.length > 0 || !somebodyWon, `${name}: all were refused`);
      return somebodyWon ? possible : [before, ...possible];
    },
  };
}

/// The same request with the same key twice at once: one effect.
function twins(operation) {
  const { name, before, after, done, requests, status } = operation;
  const [request] = requests;
  return {
    ...operation,
    name: `twin ${name}`,
    requests: [request, { ...request }],
    settle(outcomes) {
      for (const outcome of outcomes) {
        const inFlight = isAnswer(outcome, 409) && outcome.json().code === 'IDEMPOTENCY_IN_FLIGHT';
        demand(outcome.kind !== 'answer' || outcome.status === status || inFlight, `twin ${name} answered ${show(outcome)}`);
      }
      const told = outcomes.filter((outcome) => isAnswer(outcome, status));
      demand(told.filter((outcome) => !isReplay(outcome)).length < 2, `doubled: twin ${name} was done twice`);
      for (const outcome of told) done(outcome);
      if (told.length > 0) return [after];
      return outcomes.some((outcome) => outcome.kind === 'unknown') ? [before, after] : [before];
    },
  };
}

// ---- checks of answers ----------------------------------------------------------------------------------------------

function checkGeneration(outcome, after) {
  const sent = outcome.json();
  after.gen.id ??= sent.id;
  demand(sent.id === after.gen.id, `answered generation ${sent.id} instead of ${after.gen.id}`);
  demand(sent.version === after.gen.version, `${sent.id} answered version ${sent.version} instead of ${after.gen.version}`);
  demand(outcome.headers.etag === `"${sent.version}"`, `${sent.id} answered ETag ${outcome.headers.etag}`);
}

const checkAsset = (slot) => (outcome, after) => {
  const sent = outcome.json();
  const asset = after.assets.find((one) => one.slot === slot);
  asset.id ??= sent.id;
  demand(sent.id === asset.id, `answered asset ${sent.id} instead of ${asset.id}`);
  demand(sent.sha256 === asset.sha256 && sent.size === asset.bytes, `asset ${sent.id} answered another sha256 or size`);
  demand(sent.version === asset.version, `${sent.id} answered version ${sent.version} instead of ${asset.version}`);
};

// ---- requests -------------------------------------------------------------------------------------------------------

function createRequest(family, { id, nonce, size }) {
  const metadata = { nonce, fill: fill(nonce, size) };
  const body = { modelId: 'crash/test', prompt: promptOf(family, nonce), metadata, ...(id ? { id } : {}) };
  return { method: 'POST', path: '/v1/generations', headers: JSON_TYPE, body: JSON.stringify(body) };
}

function newContent(random) {
  const size = random.chance(0.1) ? random.between(4000, 30000) : random.between(0, 600);
  return { nonce: random.word() + random.word(), size };
}

const created = (id, { nonce, size }) => ({ gen: { id: id ?? null, version: 1, nonce, size, deleted: false }, assets: [] });

function patchRequest(family, content, version) {
  const body = { prompt: promptOf(family, content.nonce), metadata: { nonce: content.nonce, fill: fill(content.nonce, content.size) } };
  const headers = version === undefined ? JSON_TYPE : { ...JSON_TYPE, 'If-Match': `"${version}"` };
  return { method: 'PATCH', path: `/v1/generations/${family.state.gen.id}`, headers, body: JSON.stringify(body) };
}

function patched(family, content) {
  const after = copy(family.state);
  Object.assign(after.gen, content);
  after.gen.version++;
  return after;
}

function trashed(family) {
  const after = copy(family.state);
  after.gen.version++;
  after.gen.deleted = true;
  for (const asset of after.assets.filter((one) => !one.gone)) Object.assign(asset, { gone: 'with', version: asset.version + 1 });
  return after;
}

function uploadRequest(family, slot, bytes, home) {
  const generation = home ? `&generationId=${family.state.gen.id}` : '';
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length };
  return { method: 'POST', path: `/v1/uploads?filename=${filenameOf(family, slot)}${generation}`, headers, body: bytes };
}

function arrived(family, slot, bytes, home) {
  const after = copy(family.state);
  after.assets.push({ slot, id: null, sha256: sha256(bytes), bytes: bytes.length, version: 1, gone: null, home });
  if (home) after.gen.version++;
  return after;
}

function withAsset(family, slot, gone) {
  const after = copy(family.state);
  const asset = after.assets.find((one) => one.slot === slot);
  Object.assign(asset, { gone, version: asset.version + 1 });
  if (asset.home) after.gen.version++;
  return after;
}

function fileBytes(family, slot, random) {
  const bytes = random.chance(0.15) ? random.bytes(LARGE_FILE) : makePng(random);
  if (bytes.length < LARGE_FILE) (family.bytes ??= new Map()).set(slot, bytes);
  return bytes;
}

const someKey = (random, chance = 0.5) => (random.chance(chance) ? `key-${random.word()}${random.word()}` : undefined);

// ---- beginnings: of a family that has nothing yet -------------------------------------------------------------------

const BEGINNINGS = {
  create(family, random) {
    const content = newContent(random);
    const id = random.chance(0.5) ? family.token : undefined;
    const request = createRequest(family, { id, ...content });
    return change({ name: 'create', family, request, key: someKey(random), status: 201, after: created(id, content), check: checkGeneration });
  },
  twinCreate(family, random) {
    const content = newContent(random);
    const request = createRequest(family, content);
    return twins(change({ name: 'create', family, request, key: someKey(random, 1), status: 201, after: created(null, content), check: checkGeneration }));
  },
  raceCreate(family, random) {
    const contents = [newContent(random), newContent(random)];
    const requests = contents.map((content) => createRequest(family, { id: family.token, ...content }));
    const afters = contents.map((content) => created(family.token, content));
    return race({ name: 'create of one id', family, requests, afters, status: 201, refused: 409, check: checkGeneration });
  },
  upload(family, random) {
    const slot = family.slots++;
    const bytes = fileBytes(family, slot, random);
    const request = uploadRequest(family, slot, bytes, false);
    return change({ name: 'upload', family, request, key: someKey(random), status: 201, after: arrived(family, slot, bytes, false), check: checkAsset(slot) });
  },
  uploadRecipe(family, random) {
    const slot = family.slots++;
    const nonce = random.word();
    const bytes = makePng(random, { parameters: `${promptOf(family, nonce)}\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: ${random.below(1e9)}, Size: 8x8` });
    const after = arrived(family, slot, bytes, false);
    Object.assign(after, { gen: { id: null, version: 1, nonce, size: null, deleted: false } });
    after.assets[0].home = true;
    const check = (outcome, state) => {
      checkAsset(slot)(outcome, state);
      state.gen.id ??= outcome.json().generationId;
    };
    return change({ name: 'upload with recipe', family, request: uploadRequest(family, slot, bytes, false), key: someKey(random), status: 201, after, check });
  },
};

export function begin(family, random, weights) {
  return BEGINNINGS[random.weighted(weights)](family, random);
}

// ---- what may follow ------------------------------------------------------------------------------------------------

const STEPS = {
  patch(family, random) {
    const content = newContent(random);
    const version = random.chance(0.5) ? family.state.gen.version : undefined;
    const request = patchRequest(family, content, version);
    return change({ name: 'patch', family, request, key: someKey(random, 0.3), status: 200, after: patched(family, content), check: checkGeneration });
  },
  stalePatch(family, random) {
    const request = patchRequest(family, newContent(random), family.state.gen.version + random.between(1, 3));
    return refusal({ name: 'patch of another version', family, request, status: 412 });
  },
  racePatch(family, random) {
    const contents = [newContent(random), newContent(random)];
    const requests = contents.map((content) => patchRequest(family, content, family.state.gen.version));
    const afters = contents.map((content) => patched(family, content));
    return race({ name: 'patch of one version', family, requests, afters, status: 200, refused: 412, check: checkGeneration });
  },
  remove(family, random) {
    const request = { method: 'DELETE', path: `/v1/generations/${family.state.gen.id}` };
    return change({ name: 'delete', family, request, key: someKey(random, 0.3), status: 204, after: trashed(family) });
  },
  raceRemove(family) {
    const request = { method: 'DELETE', path: `/v1/generations/${family.state.gen.id}` };
    return race({ name: 'delete', family, requests: [request, { ...request }], afters: [trashed(family), trashed(family)], status: 204, refused: 404 });
  },
  restore(family, random) {
    const after = copy(family.state);
    after.gen.version++;
    after.gen.deleted = false;
    for (const asset of after.assets.filter((one) => one.gone === 'with')) Object.assign(asset, { gone: null, version: asset.version + 1 });
    const request = { method: 'POST', path: `/v1/generations/${family.state.gen.id}/restore` };
    return change({ name: 'restore', family, request, key: someKey(random, 0.3), status: 200, after, check: checkGeneration });
  },
  createAgain(family, random) {
    const request = createRequest(family, { id: family.state.gen.id, ...newContent(random) });
    return refusal({ name: 'create of an id that is there', family, request, status: 409 });
  },
  patchInTrash(family, random) {
    return refusal({ name: 'patch in the trash', family, request: patchRequest(family, newContent(random)), status: 404 });
  },
  uploadTo(family, random) {
    const slot = family.slots++;
    const bytes = fileBytes(family, slot, random);
    const request = uploadRequest(family, slot, bytes, true);
    return change({ name: 'upload to a generation', family, request, key: someKey(random), status: 201, after: arrived(family, slot, bytes, true), check: checkAsset(slot) });
  },
  removeAsset(family, random) {
    const asset = random.pick(family.state.assets.filter((one) => !one.gone));
    const request = { method: 'DELETE', path: `/v1/assets/${asset.id}` };
    return change({ name: 'delete of an asset', family, request, key: someKey(random, 0.3), status: 204, after: withAsset(family, asset.slot, 'self') });
  },
  restoreAsset(family, random) {
    const asset = random.pick(family.state.assets.filter((one) => one.gone === 'self'));
    const request = { method: 'POST', path: `/v1/assets/${asset.id}/restore` };
    return change({ name: 'restore of an asset', family, request, key: someKey(random, 0.3), status: 200, after: withAsset(family, asset.slot, null), check: checkAsset(asset.slot) });
  },
  /// The same bytes again: the asset that is there answers, out of the trash if need be.
  uploadAgain(family, random) {
    const asset = random.pick(family.state.assets.filter((one) => one.gone !== 'with' && family.bytes?.has(one.slot)));
    const request = uploadRequest(family, asset.slot, family.bytes.get(asset.slot), asset.home && random.chance(0.5));
    const after = asset.gone ? withAsset(family, asset.slot, null) : copy(family.state);
    const check = (outcome, state) => {
      checkAsset(asset.slot)(outcome, state);
      demand(outcome.json().duplicate === true, `${asset.id} answered without duplicate: true`);
    };
    return change({ name: 'upload of known bytes', family, request, key: someKey(random, 0.3), status: 200, after, check });
  },
  /// An answered key again: the same answer, no second effect.
  replay(family) {
    const { last } = family;
    const [request] = last.requests;
    const check = (outcome) => demand(isReplay(outcome), `${last.name} with its old key was done again`);
    return change({ name: `replay of ${last.name}`, family, request: { ...request }, status: last.status, after: family.state, check });
  },
  reuseKey(family, random) {
    const request = { ...createRequest(family, newContent(random)) };
    request.headers = { ...request.headers, 'Idempotency-Key': family.last.key };
    return refusal({ name: 'another request with an old key', family, request, status: 422 });
  },
};

function weightsOf(family) {
  const { gen, assets } = family.state;
  const weights = {};
  if (gen && !gen.deleted) {
    const ours = gen.id === family.token;
    Object.assign(weights, { patch: 8, stalePatch: 1, racePatch: 1, remove: 2, raceRemove: 0.3, uploadTo: 4, createAgain: ours ? 1 : 0 });
  }
  if (gen?.deleted) Object.assign(weights, { restore: 6, patchInTrash: 0.5, createAgain: gen.id === family.token ? 0.5 : 0 });
  if (!gen?.deleted) {
    if (assets.some((one) => !one.gone)) weights.removeAsset = 2;
    if (assets.some((one) => one.gone === 'self')) weights.restoreAsset = 3;
    if (assets.some((one) => one.gone !== 'with' && family.bytes?.has(one.slot))) weights.uploadAgain = 1.5;
  }
  if (family.last?.key) Object.assign(weights, { replay: 0.7, reuseKey: 0.3 });
  return weights;
}

export function goOn(family, random) {
  return STEPS[random.weighted(weightsOf(family))](family, random);
}
