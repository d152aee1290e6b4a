import { Fragment } from 'react';

export type Ranges = readonly (readonly [number, number])[];

/** A text with what was searched for marked. */
export function Highlighted({ text, ranges }: { text: string; ranges: Ranges }) {
  return cut(text, ranges).map(({ part, hit }, index) => (
    <Fragment key={index}>{hit ? <mark>{part}</mark> : part}</Fragment>
  ));
}

/** The text in parts, those that were hit and those between. Ranges are in order and do not overlap. */
export function cut(text: string, ranges: Ranges): { part: string; hit: boolean }[] {
  const parts: { part: string; hit: boolean }[] = [];
  let done = 0;
  for (const [begin, end] of ranges) {
    if (begin > done) parts.push({ part: text.slice(done, begin), hit: false });
    parts.push({ part: text.slice(begin, end), hit: true });
    done = end;
  }
  if (done < text.length) parts.push({ part: text.slice(done), hit: false });
  return parts;
}

/** So much of the text stands before the first hit of an excerpt. */
const lead = 24;

/** The text from a little before its first hit on, for a line that is too short for all of it. */
export function excerpt(text: string, ranges: Ranges): { text: string; ranges: Ranges } {
  const first = ranges[0]?.[0] ?? 0;
  if (first <= lead) return { text, ranges };
  // From the beginning of a word.
  const space = text.indexOf(' ', first - lead);
  const from = space >= 0 && space < first ? space + 1 : first;
  return { text: `…${text.slice(from)}`, ranges: ranges.map(([begin, end]) => [begin - from + 1, end - from + 1]) };
}
