/** What a scene paints with: the same seed paints the same picture. */
export interface Paint {
  draw: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** The next number of the seed, 0…1. */
  next: () => number;
}

export type Scene = (paint: Paint) => void;

/** A picture as a PNG. */
export async function paintPng(
  scene: Scene,
  width: number,
  height: number,
  seed: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const draw = canvas.getContext('2d');
  if (draw === null) throw new Error('This browser cannot paint.');
  scene({ draw, width, height, next: random(seed) });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('This browser cannot make PNG files.');
  return new Uint8Array(await blob.arrayBuffer());
}

/** mulberry32: a small generator whose whole state is its seed. */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
