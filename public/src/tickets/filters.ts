/** The list's filters live in the address, so that a view can be kept, shared and gone back to. */
import type { Priority } from '../api/types';

export const SORTS = ['updated', 'created', 'number', 'priority'] as const;
export type Sort = (typeof SORTS)[number];
export const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];

/** What has several values, by its name in the address and in the API. */
export const FIELDS = ['state', 'priority', 'assigneeId'] as const;
export type Field = (typeof FIELDS)[number];

export interface Filters {
  /** "open", "closed" and keys of states; none is any. An address without it means open ones. */
  state: readonly string[];
  priority: readonly string[];
  /** Ids of users, "me" and "none". */
  assigneeId: readonly string[];
  /** Of the company's own fields, as the API takes them: {"custom[floor]": "1..3"}. */
  custom: Readonly<Record<string, string>>;
  q: string;
  sort: Sort;
  /** The smallest or oldest first. */
  reversed: boolean;
}

const DEFAULT_STATE = ['open'];
const ANY = 'all';

/** "a,b" as people write it in an address; each once. */
const listOf = (text: string | null): string[] => [
  ...new Set((text ?? '').split(',').filter(Boolean)),
];

/** The name of a field's filter in the address and in the API. */
export const customParam = (key: string): string => `custom[${key}]`;
export const isCustom = (name: string) => name.startsWith('custom[');

export function filtersOf(query: URLSearchParams): Filters {
  const order = query.get('sort') ?? '';
  const sort = SORTS.find((s) => s === order.replace(/^-/, ''));
  const state = listOf(query.get('state'));
  return {
    state: state.includes(ANY) ? [] : state.length ? state : DEFAULT_STATE,
    priority: listOf(query.get('priority')),
    assigneeId: listOf(query.get('assigneeId')),
    custom: Object.fromEntries([...query].filter(([name, value]) => isCustom(name) && value)),
    q: query.get('q') ?? '',
    sort: sort ?? 'updated',
    reversed: sort !== undefined && order.startsWith('-'),
  };
}

const isOpenOnly = (state: readonly string[]) => state.length === 1 && state[0] === 'open';

/** How the address says it; null leaves it out, because that is what an address without it means. */
export function paramOf(field: Field, values: readonly string[]): string | null {
  if (field !== 'state') return values.join(',') || null;
  return isOpenOnly(values) ? null : values.join(',') || ANY;
}

export const sortParam = (sort: Sort, reversed: boolean): string | null =>
  sort === 'updated' && !reversed ? null : (reversed ? '-' : '') + sort;

/** As the API wants it. */
export function apiQuery(filters: Filters): Record<string, string | null> {
  return {
    state: filters.state.join(',') || null,
    priority: filters.priority.join(',') || null,
    assigneeId: filters.assigneeId.join(',') || null,
    ...filters.custom,
    q: filters.q.trim() || null,
    sort: (filters.reversed ? '-' : '') + filters.sort,
  };
}

/** Whether that field shows something else than it does by itself. */
export const isSet = (filters: Filters, field: Field): boolean =>
  paramOf(field, filters[field]) !== null;

export const isFiltered = (filters: Filters): boolean =>
  filters.q.trim() !== '' ||
  Object.keys(filters.custom).length > 0 ||
  FIELDS.some((f) => isSet(filters, f));
