// PNG files, put together from pixels and texts (PNG specification, third edition). What every suite that makes pictures uses.
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = { grey: { type: 0, bytes: 1 }, rgb: { type: 2, bytes: 3 } };

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The rows of a picture, all black, each behind its filter byte: what `encodePng` takes. */
export function blankRows(width, height, colour = 'grey') {
  return Buffer.alloc(height * (1 + width * COLOURS[colour].bytes));
}

/** `rows`: 8 bits a sample, each row behind its filter byte. `texts`: what `text` and its kin give. */
export function encodePng({ width, height, colour = 'grey', rows = blankRows(width, height, colour), texts = [] }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOURS[colour].type, 0, 0, 0], 8);
  const middle = texts.map(([type, data]) => chunk(type, data));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...middle, chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

// The three kinds of text: Latin-1, the same compressed, UTF-8.
export const text = (keyword, value) => ['tEXt', Buffer.from(`${keyword}\0${value}`, 'latin1')];
export const compressedText = (keyword, value) => ['zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), deflateSync(Buffer.from(value, 'latin1'))])];
export const unicodeText = (keyword, value) => ['iTXt', Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`), Buffer.from(value)])];
