import { expect, it } from 'vitest';
import { LoadSlots } from './load_slots';

it('begins as many as there are slots, and the next in order when one ends', () => {
  const slots = new LoadSlots(2);
  const begun: string[] = [];
  const [endA, , endC, , endE] = ['a', 'b', 'c', 'd', 'e'].map((name) => slots.take(() => begun.push(name)));
  expect(begun).toEqual(['a', 'b']);
  endA?.();
  expect(begun).toEqual(['a', 'b', 'c']);
  endA?.();
  expect(begun).toEqual(['a', 'b', 'c']);
  endE?.();
  endC?.();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('lets go of one that left while it waited', () => {
  const slots = new LoadSlots(1);
  const begun: string[] = [];
  const endA = slots.take(() => begun.push('a'));
  const endB = slots.take(() => begun.push('b'));
  slots.take(() => begun.push('c'));
  endB();
  endA();
  expect(begun).toEqual(['a', 'c']);
});

it('lets one that is looked at go before those that wait', () => {
  const slots = new LoadSlots(1);
  const begun: string[] = [];
  const endA = slots.take(() => begun.push('a'));
  slots.take(() => begun.push('b'));
  slots.take(() => begun.push('c'), 'front');
  endA();
  expect(begun).toEqual(['a', 'c']);
});
