/** Where a changed ticket belongs in a list that is loaded in part: what the server would answer, without asking it. */
import type { Ticket, TicketPage, TicketState } from '../api/types';
import { PRIORITIES, type Filters, type Sort } from './filters';

export interface Pages {
  pages: TicketPage[];
  pageParams: (string | null)[];
}

export interface View {
  filters: Filters;
  meId: string;
  states: readonly TicketState[];
}

/** Counts above it are "more than a thousand", which one ticket doesn't change. */
const COUNTED_MAX = 1000;

/** Only for views without a search, which the server alone can answer. */
export function belongs(ticket: Ticket, { filters, meId, states }: View): boolean {
  const category = states.find((s) => s.key === ticket.state)?.category ?? '';
  const has = (wanted: readonly string[], ...values: string[]) =>
    wanted.length === 0 || values.some((v) => wanted.includes(v));
  const { assigneeId } = ticket;
  return (
    has(filters.state, ticket.state, category) &&
    has(filters.priority, ticket.priority) &&
    has(filters.assigneeId, assigneeId ?? 'none', ...(assigneeId === meId ? ['me'] : []))
  );
}

const RANK: Record<Sort, (t: Ticket) => string | number> = {
  updated: (t) => t.updatedAt,
  created: (t) => t.createdAt,
  number: (t) => t.number,
  priority: (t) => -PRIORITIES.indexOf(t.priority),
};

/** The largest first, by id where they are equal; the other way round in a reversed list. */
function isBefore(a: Ticket, b: Ticket, { sort, reversed }: Filters): boolean {
  if (reversed) [a, b] = [b, a];
  const [x, y] = [RANK[sort](a), RANK[sort](b)];
  return x === y ? a.id > b.id : x > y;
}

/** The pages with this ticket where it belongs now; `created`: it was in no list before. */
export function placed(old: Pages, ticket: Ticket, view: View, created: boolean): Pages {
  const { filters } = view;
  const wasIn = old.pages.some((p) => p.items.some((t) => t.id === ticket.id));
  const pages = old.pages.map((p) => ({ ...p, items: p.items.filter((t) => t.id !== ticket.id) }));
  const last = pages.at(-1);
  if (!last) return old;
  const isIn = belongs(ticket, view);
  const more = last.nextCursor !== null;
  if (isIn) {
    const page = pages.find((p) => p.items.some((t) => isBefore(ticket, t, filters)));
    if (page) {
      const at = page.items.findIndex((t) => isBefore(ticket, t, filters));
      page.items = [...page.items.slice(0, at), ticket, ...page.items.slice(at)];
    } else if (!more) last.items = [...last.items, ticket];
    // Else it stands further below, in a page that isn't loaded yet.
  }
  // One that was not loaded may have been counted already.
  const isNew = isIn && !wasIn && (created || !more);
  const change = isNew ? 1 : wasIn && !isIn ? -1 : 0;
  for (const p of pages) if (p.total <= COUNTED_MAX) p.total += change;
  return { ...old, pages };
}

/** The pages without a ticket that this person may not see any more. */
export function without(old: Pages, id: string): Pages {
  if (!old.pages.some((p) => p.items.some((t) => t.id === id))) return old;
  const pages = old.pages.map((p) => ({
    ...p,
    items: p.items.filter((t) => t.id !== id),
    total: p.total <= COUNTED_MAX ? p.total - 1 : p.total,
  }));
  return { ...old, pages };
}
