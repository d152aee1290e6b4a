// Files for the tests, made on the spot.
import { blankRows, encodePng, text } from '../lib/png.mjs';
import { paint, sceneNames } from './art.mjs';

/** RGB pixels as the rows of a PNG. Filter 2 (Up) packs smooth pictures well. */
function rowsOf(pixels, width, height) {
  const rows = blankRows(width, height, 'rgb');
  const stride = width * 3;
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = 2;
    for (let x = 0; x < stride; x++) {
      const above = y === 0 ? 0 : pixels[(y - 1) * stride + x];
      rows[y * (stride + 1) + 1 + x] = (pixels[y * stride + x] - above) & 255;
    }
  }
  return rows;
}

/** What AUTOMATIC1111's web UI writes under the keyword `parameters`. */
export function a1111Text({ prompt, negative, seed, steps, sampler, cfg, model, width, height }) {
  return (
    `${prompt}\nNegative prompt: ${negative}\n` +
    `Steps: ${steps}, Sampler: ${sampler}, CFG scale: ${cfg}, Seed: ${seed}, Size: ${width}x${height}, Model: ${model}`
  );
}

/** A picture as a buffer; with a recipe when one is given. */
export function picture({ scene = sceneNames[0], width, height, seed, recipe = null }) {
  const texts = recipe === null ? [] : [text('parameters', a1111Text({ ...recipe, seed: recipe.seed ?? seed, width, height }))];
  return encodePng({ width, height, colour: 'rgb', rows: rowsOf(paint(scene, width, height, seed), width, height), texts });
}

/** A tone as 16-bit mono WAV. */
export function tone(seconds = 2, hertz = 220, rate = 22_050) {
  const samples = Math.round(seconds * rate);
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    wav.writeInt16LE(Math.round(Math.sin((2 * Math.PI * hertz * i) / rate) * 9000), 44 + i * 2);
  }
  return wav;
}
