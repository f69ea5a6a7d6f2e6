/** The list's filters live in the address, so that a view can be kept, shared and gone back to. */
import type { Priority } from '../api/types';

export const SORTS = ['updated', 'created', 'number', 'priority'] as const;
export type Sort = (typeof SORTS)[number];
export const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];

export interface Filters {
  /** "open" (the default), "closed", "all" or the key of a state. */
  state: string;
  priority: string | null;
  /** A user's id, "me" or "none". */
  assigneeId: string | null;
  q: string;
  sort: Sort;
}

export function filtersOf(query: URLSearchParams): Filters {
  const sort = SORTS.find((s) => s === query.get('sort'));
  return {
    state: query.get('state') || 'open',
    priority: query.get('priority'),
    assigneeId: query.get('assigneeId'),
    q: query.get('q') ?? '',
    sort: sort ?? 'updated',
  };
}

/** As the API wants it. */
export function apiQuery(filters: Filters): Record<string, string | null> {
  return {
    state: filters.state === 'all' ? null : filters.state,
    priority: filters.priority,
    assigneeId: filters.assigneeId,
    q: filters.q.trim() || null,
    sort: filters.sort,
  };
}

export function isFiltered(filters: Filters): boolean {
  return (
    filters.state !== 'open' ||
    filters.priority !== null ||
    filters.assigneeId !== null ||
    filters.q.trim() !== ''
  );
}
