import { describe, expect, it } from 'vitest';
import {
  filtersOf,
  formatView,
  isLatestFirst,
  isNarrowed,
  listsGenerations,
  parseView,
  toggled,
  wholeLibrary,
  wholeTrash,
} from './view';

const busy = '?q=neon+fox&type=image&type=video&model=flux-dev&tag=a%26b&favorite=true&from=2026-01-31&to=2026-02-01&sort=-size';

describe('parseView', () => {
  it('reads back what formatView has written', () => {
    const view = parseView(busy);
    expect(view).toEqual({
      place: 'library',
      q: 'neon fox',
      chosen: { type: ['image', 'video'], model: ['flux-dev'], tag: ['a&b'] },
      favorite: true,
      from: '2026-01-31',
      to: '2026-02-01',
      sort: '-size',
    });
    expect(`?${formatView(view)}`).toBe(busy);
  });

  it('makes the whole library of nothing, and of what it does not know', () => {
    expect(parseView('')).toEqual(wholeLibrary);
    expect(parseView('?utm=1&model=&from=soon&to=2026-99-99&favorite=1&view=moon')).toEqual(wholeLibrary);
    expect(formatView(wholeLibrary)).toBe('');
  });

  it('has one text for one view: doubles and blanks are left out', () => {
    expect(formatView(parseView('?model=a&q=%20%20&model=b&model=a'))).toBe('model=a&model=b');
  });

  it('knows the trash, which has no filters', () => {
    expect(parseView('?view=trash&q=fox')).toEqual(wholeTrash);
    expect(formatView(wholeTrash)).toBe('view=trash');
    expect(isNarrowed(wholeTrash)).toBe(false);
  });
});

it('asks the server from the first midnight to the one after the last day, local time', () => {
  const query = filtersOf({ ...wholeLibrary, from: '2026-01-31', to: '2026-01-31' });
  expect(query.get('createdAfter')).toBe(new Date(2026, 0, 31).toISOString());
  expect(query.get('createdBefore')).toBe(new Date(2026, 1, 1).toISOString());
  expect(query.has('from')).toBe(false);
});

it('has an order of its own beside what it holds, and none that its list has not', () => {
  const sorted = parseView('?sort=createdAt');
  expect([sorted.sort, isNarrowed(sorted), isLatestFirst(sorted)]).toEqual(['createdAt', false, false]);
  expect(filtersOf(sorted).toString()).toBe('');
  expect(parseView('?sort=sideways')).toEqual(wholeLibrary);
  expect(parseView('?sort=relevance')).toEqual(wholeLibrary);
  expect(parseView('?sort=relevance&q=fox').sort).toBe('relevance');
  expect(parseView('?sort=-size&status=failed').sort).toBe('-createdAt');
  expect(listsGenerations(parseView('?sort=-cost'))).toBe(true);
});

it('chooses and lets go', () => {
  const one = toggled(wholeLibrary, 'status', 'failed');
  expect(one.chosen).toEqual({ status: ['failed'] });
  expect([isNarrowed(one), listsGenerations(one)]).toEqual([true, true]);
  expect(toggled(one, 'status', 'failed')).toEqual(wholeLibrary);
  expect(toggled(one, 'tag', 'x').chosen).toEqual({ status: ['failed'], tag: ['x'] });
});
