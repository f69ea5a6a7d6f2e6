import { expect, it } from 'vitest';
import { toggled } from './selection';

const ORDER = ['a', 'b', 'c', 'd', 'e'];
const after = (before: string[], id: string, last: string | null) =>
  [...toggled(new Set(before), ORDER, id, last)].sort().join('');

it.each([
  ['selects one', [], 'b', null, 'b'],
  ['takes it away again', ['b', 'c'], 'b', null, 'c'],
  ['selects all between two', ['b'], 'd', 'b', 'bcd'],
  ['and upwards', ['d'], 'b', 'd', 'bcd'],
  ['takes away all between two', ['a', 'b', 'c', 'd'], 'c', 'a', 'd'],
  ['begins anew where the first is gone', [], 'd', 'x', 'd'],
])('%s', (_, before, id, last, wanted) => expect(after(before, id, last)).toBe(wanted));
