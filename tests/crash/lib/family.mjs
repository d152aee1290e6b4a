// What must be in the server: families, each a generation with its assets or one asset alone. A family is worked on by
// one client at a time, so after an operation it is in one state, or in one of a few when the answer is not known.
//
// A state is plain data:
//   gen     null, or {id, version, nonce, size, deleted}; id is null while nobody has told it
//   assets  [{slot, id, sha256, bytes, version, gone: null | 'self' | 'with', home}], home: belongs to the generation
import { createHash } from 'node:crypto';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/// The large member of a generation, from a nonce: torn or mixed contents do not match.
export function fill(nonce, size) {
  const unit = sha256(nonce);
  return unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
}

export const promptOf = (family, nonce) => `${family.token} ${nonce}`;
export const filenameOf = (family, slot) => `${family.token}-${slot}.bin`;

/// The family that a generation of the server belongs to, and the slot of an asset.
export const tokenOfPrompt = (prompt) => prompt.split(' ')[0];
export function placeOfFilename(filename) {
  const [, token, slot] = /^(\w+)-(\d+)\.bin$/.exec(filename ?? '') ?? [];
  return token && { token, slot: Number(slot) };
}

export class Family {
  constructor(token) {
    this.token = token;
    this.states = [{ gen: null, assets: [] }];
    this.slots = 0;
    this.used = []; // answered operations with a key, to be replayed
    this.pending = null; // the operation whose outcome is not known, when it may be retried
  }

  get certain() {
    return this.states.length === 1;
  }

  get state() {
    return this.states[0];
  }
}

/// What of a state a client sees: the trash hides.
export function visible(state) {
  const gen = state.gen && !state.gen.deleted ? state.gen : null;
  return {
    gen: gen && { id: gen.id, version: gen.version, nonce: gen.nonce, size: gen.size },
    assets: state.assets
      .filter((asset) => !asset.gone)
      .map(({ slot, id, sha256: hash, bytes, version, home }) => ({ slot, id, sha256: hash, bytes, version, home }))
      .sort((a, b) => a.slot - b.slot),
  };
}

const agree = (wanted, seen) => wanted === seen || wanted === null;

/// Whether what is seen is what the state shows. An id that nobody told matches any.
export function matches(state, seen) {
  const wanted = visible(state);
  if (!wanted.gen !== !seen.gen || wanted.assets.length !== seen.assets.length) return false;
  if (wanted.gen) {
    const [a, b] = [wanted.gen, seen.gen];
    if (!agree(a.id, b.id) || a.version !== b.version || a.nonce !== b.nonce || a.size !== b.size) return false;
  }
  return wanted.assets.every((a, i) => {
    const b = seen.assets[i];
    return a.slot === b.slot && agree(a.id, b.id) && a.sha256 === b.sha256 && a.bytes === b.bytes &&
      a.version === b.version && a.home === b.home;
  });
}

/// Ids that the server chose while its answer was lost.
export function learnIds(state, seen) {
  if (state.gen && seen.gen) state.gen.id ??= seen.gen.id;
  for (const asset of seen.assets) state.assets.find((mine) => mine.slot === asset.slot).id ??= asset.id;
}
