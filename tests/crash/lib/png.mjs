// Small PNGs with random pixels, and with the text that image generators leave in them.
import { crc32 } from './crc32.mjs';
import { deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/// `parameters`: A1111's text, which makes a generation of the file.
export function makePng(random, { parameters } = {}) {
  const side = random.between(4, 24);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const pixels = Buffer.alloc(side * (1 + side * 3));
  random.bytes(pixels.length).copy(pixels);
  for (let row = 0; row < side; row++) pixels[row * (1 + side * 3)] = 0;
  const chunks = [chunk('IHDR', head)];
  if (parameters) chunks.push(chunk('tEXt', Buffer.from(`parameters\0${parameters}`, 'latin1')));
  chunks.push(chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat([SIGNATURE, ...chunks]);
}
