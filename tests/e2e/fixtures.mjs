// Files for the tests, made on the spot.
import { crc32 as zlibCrc32, deflateSync } from 'node:zlib';
import { paint, sceneNames } from './art.mjs';

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** zlib.crc32 came with Node 20.15 and 22.2. */
function crc32(bytes) {
  if (zlibCrc32 !== undefined) return zlibCrc32(bytes);
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG of RGB pixels, with text chunks: {keyword: Latin-1 text} (PNG specification, 11.3.4.3). */
export function encodePng(pixels, width, height, texts = {}) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const stride = width * 3;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    // Filter 2 (Up) packs smooth pictures well.
    rows[y * (stride + 1)] = 2;
    for (let x = 0; x < stride; x++) {
      const above = y === 0 ? 0 : pixels[(y - 1) * stride + x];
      rows[y * (stride + 1) + 1 + x] = (pixels[y * stride + x] - above) & 255;
    }
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...Object.entries(texts).map(([keyword, text]) => chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))),
    chunk('IDAT', deflateSync(rows, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
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
  const texts = recipe === null ? {} : { parameters: a1111Text({ ...recipe, seed: recipe.seed ?? seed, width, height }) };
  return encodePng(paint(scene, width, height, seed), width, height, texts);
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
