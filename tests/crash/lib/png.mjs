// Small PNGs with random pixels, and with the text that image generators leave in them.
import { blankRows, encodePng, text } from '../../lib/png.mjs';

/// `parameters`: A1111's text, which makes a generation of the file.
export function makePng(random, { parameters } = {}) {
  const side = random.between(4, 24);
  const rows = blankRows(side, side, 'rgb');
  random.bytes(rows.length).copy(rows);
  for (let row = 0; row < side; row++) rows[row * (1 + side * 3)] = 0;
  return encodePng({ width: side, height: side, colour: 'rgb', rows, texts: parameters ? [text('parameters', parameters)] : [] });
}
