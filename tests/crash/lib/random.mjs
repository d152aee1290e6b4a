// Randomness from a seed: the same seed makes the same operations, kill points and bytes.
import { createHash } from 'node:crypto';

/// A stream of its own for each name, so that what one client draws does not depend on what others do.
export function randomOf(...names) {
  const digest = createHash('sha256').update(names.join('/')).digest();
  let a = digest.readUInt32LE(0), b = digest.readUInt32LE(4), c = digest.readUInt32LE(8), d = digest.readUInt32LE(12);
  // sfc32 (Chris Doty-Humphrey, PractRand; public domain algorithm).
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  const bytes = (length) => {
    const out = Buffer.allocUnsafe(length);
    // Hashing a counter is faster than drawing byte by byte.
    const key = `${names.join('/')}/${below(2 ** 31)}`;
    for (let at = 0, i = 0; at < length; i++) {
      at += createHash('sha512').update(`${key}/${i}`).digest().copy(out, at);
    }
    return out;
  };
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (p) => next() < p,
    pick: (list) => list[below(list.length)],
    word: () => below(2 ** 31).toString(36),
    bytes,
    /// One of the keys of {name: weight, …}.
    weighted(weights) {
      let at = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      for (const [name, weight] of Object.entries(weights)) if ((at -= weight) < 0) return name;
      return Object.keys(weights).at(-1);
    },
  };
}
