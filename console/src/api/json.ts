/** JSON as the console holds it: integers beyond 2^53 (ComfyUI seeds reach 2^64) stay exact as bigint. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

interface ReviverContext {
  source?: string;
}

/** A number of so many digits may be beyond 2^53; inside of a string it only costs time. */
const longNumber = /(?:^|[:,[\s])-?\d{16}/;

/**
 * JSON.parse that loses no digit of an integer, where the browser shows a reviver the source text (Chrome 114,
 * Firefox 135, Safari 18.4); older browsers round as JSON.parse does. With a reviver it takes ten times as long and
 * leaves four times as much to collect, so it has one only where there is such a number.
 */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text) as unknown;
  const keepDigits = (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

/** Indented JSON for people; the inverse of parseJson, which JSON.stringify is not (it throws on a bigint). */
export function prettyJson(value: Json, indent = ''): string {
  const inner = `${indent}  `;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + prettyJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value);
    if (members.length === 0) return '{}';
    const lines = members.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${prettyJson(item, inner)}`);
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}
