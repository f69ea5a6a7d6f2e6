/** The audit log, the newest first: what is asked for, its pages, and its entries by day. */
import { subDays } from 'date-fns/subDays';
import { usePages } from '../api/pages';
import type { AuditEntry } from '../api/resources';
import { dayAt } from '../text';

export const PERIODS = ['1', '7', '30', '365', 'all'] as const;
export type Period = (typeof PERIODS)[number];
export const AREAS = [
  'signin',
  'session',
  'password',
  'user',
  'role',
  'token',
  'company',
  'plugin',
  'export',
] as const;
export const SERVER_AREAS = ['signin', 'session', 'company', 'package', 'key', 'server'] as const;
const PAGE = 50;

export interface Asked {
  q: string;
  person: string;
  area: string;
  period: Period;
  company: string;
}

export const askedBy = (query: URLSearchParams): Asked => ({
  q: query.get('q') ?? '',
  person: query.get('person') ?? '',
  area: query.get('area') ?? '',
  period: PERIODS.find((p) => p === query.get('period')) ?? '30',
  company: query.get('company') ?? '',
});

export const isFiltered = (asked: Asked): boolean =>
  asked.q !== '' || asked.person !== '' || asked.area !== '' || asked.period !== 'all';

/** What the API is asked; days are counted back from this moment. */
export function queryOf(asked: Asked, now: Date): Record<string, string> {
  const from = asked.period === 'all' ? null : subDays(now, Number(asked.period));
  return {
    ...(asked.q.trim() && { q: asked.q.trim() }),
    ...(asked.person && { actorId: asked.person }),
    ...(asked.area && { area: asked.area }),
    ...(asked.company && { company: asked.company }),
    ...(from && { at: `${from.toISOString()}..` }),
  };
}

export const useAudit = (asked: Asked) =>
  usePages<AuditEntry>([`audit/${JSON.stringify(asked)}`], '/api/audit', () => ({
    ...queryOf(asked, new Date()),
    limit: PAGE,
  }));

export interface Day {
  day: string;
  entries: AuditEntry[];
}

/** By the days of the person's clock, in the order that they have. */
export function daysOf(entries: readonly AuditEntry[]): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const day = dayAt(new Date(entry.at));
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/** Field by field what was and what is; `changed` = there is something to compare. */
export function changesOf(entry: Pick<AuditEntry, 'before' | 'after'>): {
  changes: Change[];
  compares: boolean;
} {
  const { before, after } = entry;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return {
    changes: fields.map((field) => ({ field, before: before?.[field], after: after?.[field] })),
    compares: before !== null && Object.keys(before).length > 0,
  };
}
