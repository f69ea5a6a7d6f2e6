import { expect, it } from 'vitest';
import { before, daysOf, faultOf } from './period';

const TODAY = '2026-03-31';

it.each([
  ['7d', '2026-03-25', '2026-03-31', '2026-03-18', '2026-03-24'],
  ['30d', '2026-03-02', '2026-03-31', '2026-01-31', '2026-03-01'],
  ['month', '2026-03-01', '2026-03-31', '2026-02-01', '2026-02-28'],
  ['last-month', '2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31'],
  ['year', '2026-01-01', '2026-03-31', '2025-01-01', '2025-03-31'],
] as const)('%s', (name, from, to, fromBefore, toBefore) => {
  const days = daysOf(name, TODAY);
  expect(days).toEqual({ from, to });
  expect(before(name, days)).toEqual({ from: fromBefore, to: toBefore });
});

it('compares chosen days with as many before them', () =>
  expect(before('custom', { from: '2026-03-10', to: '2026-03-12' })).toEqual({
    from: '2026-03-07',
    to: '2026-03-09',
  }));

it.each([
  ['2026-01-01', '2026-12-31', null],
  ['2025-01-01', '2026-01-01', null],
  ['2025-01-01', '2026-01-02', 'length'],
  ['2026-01-02', '2026-01-01', 'order'],
  ['', '2026-01-01', 'days'],
])('%s to %s: %s', (from, to, fault) => expect(faultOf({ from, to })).toBe(fault));
