import { expect, it } from 'vitest';
import { crc32, withText } from './png_text';

const ascii = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);

it('has the CRC that PNG asks for', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

it('puts the text behind the header and leaves the rest as it was', () => {
  const png = Uint8Array.from({ length: 60 }, (_, index) => index);
  const whole = withText(png, 'parameters', 'a fox');
  const length = 'parameters\0a fox'.length;
  expect(whole.subarray(0, 33)).toEqual(png.subarray(0, 33));
  expect(new DataView(whole.buffer).getUint32(33)).toBe(length);
  expect(ascii(whole.subarray(37, 41 + length))).toBe('tEXtparameters\0a fox');
  expect(new DataView(whole.buffer).getUint32(41 + length)).toBe(crc32(whole.subarray(37, 41 + length)));
  expect(whole.subarray(45 + length)).toEqual(png.subarray(33));
});
