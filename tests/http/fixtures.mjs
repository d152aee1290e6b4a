// Files, made on the spot.
import { encodePng, text } from '../lib/png.mjs';

let serial = 0;

/** A black PNG, unlike every other. `texts`: what `text` and its kin of lib/png.mjs give. */
export function png(width = 8, height = 8, texts = []) {
  return encodePng({ width, height, texts: [...texts, text('Comment', `${process.pid} ${++serial}`)] });
}

export function gif(width, height) {
  const head = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const comment = Buffer.from(`gif ${++serial}`);
  return Buffer.concat([head, Buffer.from([0x21, 0xfe, comment.length]), comment, Buffer.from([0, 0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0, 2, 2, 0x4c, 1, 0, 0x3b])]);
}

export function jpeg(width, height) {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const comment = Buffer.from(`jpeg ${++serial}`);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1'),
    Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment, frame, Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0, 0x7f, 0xff, 0xd9]),
  ]);
}

/** Extended WebP (VP8X): the size of the canvas. */
export function webp(width, height) {
  const canvas = Buffer.alloc(10);
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  const riff = (type, data) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(type), size, data, Buffer.alloc(data.length & 1)]);
  };
  const body = Buffer.concat([Buffer.from('WEBP'), riff('VP8X', canvas), riff('VP8L', Buffer.from([0x2f, 0, 0, 0, 0, ++serial & 255])), riff('XXXX', Buffer.from(`webp ${serial}`))]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** Bytes without a signature, unlike every other. */
export function noise(size) {
  const bytes = Buffer.alloc(size);
  let state = (0x9e3779b9 * (++serial + process.pid)) >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  if (size > 0) bytes[0] = 0x9f; // begins nothing
  return bytes;
}
