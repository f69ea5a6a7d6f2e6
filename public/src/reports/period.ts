/** The days that reports are about, and the days before them to compare with. A day is yyyy-mm-dd. */
import {
  differenceInCalendarDays,
  endOfMonth,
  formatISO,
  parseISO,
  startOfMonth,
  startOfYear,
  subDays,
  subMonths,
  subYears,
} from 'date-fns';
import { isDay } from '../ui/chart';

export const PERIODS = ['7d', '30d', 'month', 'last-month', 'year', 'custom'] as const;
export type PeriodName = (typeof PERIODS)[number];

export interface Period {
  from: string;
  to: string;
}

/** Reports may be asked about this many days at once. */
export const DAYS_MAX = 366;

const day = (at: Date): string => formatISO(at, { representation: 'date' });

const between = (from: Date, to: Date): Period => ({ from: day(from), to: day(to) });

export const asPeriodName = (text: string | null): PeriodName =>
  PERIODS.find((p) => p === text) ?? '30d';

/** The days of a period that has a name; `today` as a day. */
export function daysOf(name: Exclude<PeriodName, 'custom'>, today: string): Period {
  const now = parseISO(today);
  switch (name) {
    case '7d':
      return between(subDays(now, 6), now);
    case '30d':
      return between(subDays(now, 29), now);
    case 'month':
      return between(startOfMonth(now), now);
    case 'last-month': {
      const last = subMonths(startOfMonth(now), 1);
      return between(last, endOfMonth(last));
    }
    case 'year':
      return between(startOfYear(now), now);
  }
}

/** As many days as the period has, before it; of months and years the same days of the one before. */
export function before(name: PeriodName, { from, to }: Period): Period {
  const [first, last] = [parseISO(from), parseISO(to)];
  if (name === 'month') return between(subMonths(first, 1), subMonths(last, 1));
  if (name === 'last-month') return between(subMonths(first, 1), endOfMonth(subMonths(first, 1)));
  if (name === 'year') return between(subYears(first, 1), subYears(last, 1));
  const days = differenceInCalendarDays(last, first) + 1;
  return between(subDays(first, days), subDays(first, 1));
}

export type Fault = 'days' | 'order' | 'length';

/** What is wrong with days that somebody has chosen. */
export function faultOf({ from, to }: Period): Fault | null {
  if (!isDay(from) || !isDay(to)) return 'days';
  if (from > to) return 'order';
  return differenceInCalendarDays(parseISO(to), parseISO(from)) >= DAYS_MAX ? 'length' : null;
}
