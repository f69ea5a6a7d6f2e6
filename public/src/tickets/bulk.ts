/** One change of many tickets: the server does all or nothing, so what it refuses is left out and the rest sent again. */
import { ApiError, api } from '../api/client';
import type { Ticket, TicketPatch } from '../api/types';

/** As many as one request takes. */
const ITEMS_MAX = 200;

export interface BulkItem {
  ticket: Ticket;
  change: TicketPatch;
  /** Refused when somebody has changed it since. */
  version?: number;
}

export interface Refusal {
  ticket: Ticket;
  reason: string;
}

export interface Outcome {
  changed: { before: Ticket; after: Ticket }[];
  refused: Refusal[];
}

/** What the answer says of single items, by their place in the request; empty = it says nothing of one. */
export function refusedItems(error: ApiError): Map<number, string> {
  const found = new Map<number, string>();
  for (const { pointer, detail } of error.problem.errors ?? []) {
    const at = /^\/items\/(\d+)/.exec(pointer ?? '')?.[1];
    if (at !== undefined) found.set(Number(at), detail);
  }
  const item = error.problem.more?.item;
  if (typeof item === 'number') found.set(item, error.message);
  return found;
}

const send = (items: readonly BulkItem[]) =>
  api.post<{ items: Ticket[] }>('/api/tickets/bulk', {
    items: items.map(({ ticket, change, version }) => ({
      id: ticket.id,
      change,
      ...(version !== undefined && { version }),
    })),
  });

export async function changeAll(items: readonly BulkItem[]): Promise<Outcome> {
  const outcome: Outcome = { changed: [], refused: [] };
  for (let from = 0; from < items.length; from += ITEMS_MAX) {
    let rest = items.slice(from, from + ITEMS_MAX);
    while (rest.length > 0) {
      try {
        const answer = await send(rest);
        answer.items.forEach((after, i) => {
          const before = rest[i]?.ticket;
          if (before) outcome.changed.push({ before, after });
        });
        break;
      } catch (caught) {
        const error = caught as ApiError;
        const refused = error instanceof ApiError ? refusedItems(error) : new Map<number, string>();
        rest.forEach(({ ticket }, i) => {
          const reason = refused.size ? refused.get(i) : error.message;
          if (reason !== undefined) outcome.refused.push({ ticket, reason });
        });
        rest = refused.size ? rest.filter((_, i) => !refused.has(i)) : [];
      }
    }
  }
  return outcome;
}

const FIELDS = ['state', 'priority', 'assigneeId'] as const;

/** What takes the change back, also what the server changed with it, such as the state of a ticket that was assigned. */
export const undoing = ({ changed }: Outcome): BulkItem[] =>
  changed
    .map(({ before, after }) => ({
      ticket: after,
      version: after.version,
      change: Object.fromEntries(
        FIELDS.filter((f) => before[f] !== after[f]).map((f) => [f, before[f]]),
      ) as TicketPatch,
    }))
    .filter(({ change }) => Object.keys(change).length > 0);
