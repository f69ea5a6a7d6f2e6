/** What a company says about itself, and what is wrong with its hours and holidays before the server says it. */
import { formatDay } from '../text';
import { companyTexts } from '../text/company';

export interface Interval {
  /** 1 = Monday. */
  day: number;
  from: string;
  /** 24:00 = the end of the day. */
  to: string;
}

export interface Holiday {
  date: string;
  name: string;
  yearly: boolean;
}

export interface Company {
  version: number;
  code: string;
  organization: string;
  name: string;
  timeZone: string;
  locale: string | null;
  currency: string | null;
  street: string | null;
  postalCode: string | null;
  city: string | null;
  country: string | null;
  taxNumber: string | null;
  phone: string | null;
  email: string | null;
  website: string | null;
  hours: Interval[];
  holidays: Holiday[];
  notificationDays: number;
}

const TEXTS = [
  'name',
  'timeZone',
  'locale',
  'currency',
  'street',
  'postalCode',
  'city',
  'country',
  'taxNumber',
  'phone',
  'email',
  'website',
] as const;

/** As fields have it: nothing is an empty text. */
export type Written = Record<(typeof TEXTS)[number], string> & {
  hours: Interval[];
  holidays: Holiday[];
  notificationDays: string;
};

export const toWritten = (company: Company): Written => ({
  ...(Object.fromEntries(TEXTS.map((t) => [t, company[t] ?? ''])) as Record<
    (typeof TEXTS)[number],
    string
  >),
  hours: company.hours,
  holidays: company.holidays,
  notificationDays: String(company.notificationDays),
});

export const toSent = (written: Written) => ({
  ...(Object.fromEntries(TEXTS.map((t) => [t, written[t].trim() || null])) as Record<
    (typeof TEXTS)[number],
    string | null
  >),
  name: written.name,
  notificationDays: Number(written.notificationDays),
  hours: written.hours,
  holidays: written.holidays.map((h) => ({ ...h, name: h.name.trim() })),
});

export const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
const WORKING_DAYS = WEEK.slice(0, 5);

/** The 5th of January 2026 was a Monday. */
export const dayName = (day: number): string =>
  formatDay(`2026-01-${String(day + 4).padStart(2, '0')}`, { weekday: 'long' });

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const time = (n: number) =>
  `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`;
const END = 24 * 60;

export const onDay = (hours: readonly Interval[], day: number) =>
  hours.filter((h) => h.day === day);

/** One more: the working day, or what may be behind a break; null = the day is full. */
export function nextInterval(hours: readonly Interval[], day: number): Interval | null {
  const last = Math.max(0, ...onDay(hours, day).map((h) => (h.to ? minutes(h.to) : END)));
  if (last === 0) return { day, from: '08:00', to: '17:00' };
  const from = last + 60;
  return from < END ? { day, from: time(from), to: time(Math.min(END, from + 240)) } : null;
}

/** Every weekday as this one. */
export const copied = (hours: readonly Interval[], day: number): Interval[] => [
  ...WORKING_DAYS.flatMap((d) => onDay(hours, day).map((h) => ({ ...h, day: d }))),
  ...hours.filter((h) => h.day > WORKING_DAYS.length),
];

function dayFault(intervals: readonly Interval[], day: string): string | null {
  const t = companyTexts.hours;
  if (intervals.some((h) => !h.from || !h.to)) return t.missing({ day });
  if (intervals.some((h) => h.to <= h.from)) return t.order({ day });
  const sorted = [...intervals].sort((a, b) => (a.from < b.from ? -1 : 1));
  return sorted.some((h, i) => i > 0 && h.from < sorted[i - 1]!.to) ? t.overlap({ day }) : null;
}

export function hoursFault(hours: readonly Interval[]): string | null {
  for (const day of WEEK) {
    const fault = dayFault(onDay(hours, day), dayName(day));
    if (fault) return fault;
  }
  return null;
}

export function holidaysFault(holidays: readonly Holiday[]): string | null {
  const t = companyTexts.holidays;
  if (holidays.some((h) => !h.date || !h.name.trim())) return t.missing;
  const days = holidays.map((h) => h.date);
  const twice = days.find((d, i) => days.indexOf(d) < i);
  return twice ? t.twice({ day: formatDay(twice, { dateStyle: 'medium' }) }) : null;
}
