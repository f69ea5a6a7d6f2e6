import { expect, it } from 'vitest';
import { fillDays } from './days';

const day = (d: string, calls: number) => ({
  day: d,
  calls,
  errors: 0,
  msAvg: 1,
  msMax: 2,
  cpuMs: 3,
});
const now = '2026-03-01';

it('leaves no day out, across the end of a month', () => {
  const days = fillDays([day('2026-02-26', 4)], now, 5);
  expect(days.map((d) => [d.day, d.calls])).toEqual([
    ['2026-02-25', 0],
    ['2026-02-26', 4],
    ['2026-02-27', 0],
    ['2026-02-28', 0],
    ['2026-03-01', 0],
  ]);
});
it('shows older days when there are some', () => {
  expect(fillDays([day('2026-02-01', 1)], now, 3)).toHaveLength(29);
});
it('has its days also without any call', () => expect(fillDays([], now, 3)).toHaveLength(3));
