/**
 * Saving a change to a ticket that others may be changing too. What one edits is based on a version;
 * when that has moved on, fields that nobody else touched are saved all the same, and for the others
 * the person decides.
 */
import { ApiError, api, request } from '../api/client';
import type { Ticket, TicketPatch } from '../api/types';

export interface Conflict {
  /** What one wanted to save. */
  patch: TicketPatch;
  /** The ticket as it is now. */
  latest: Ticket;
  /** The fields that both changed. */
  fields: (keyof TicketPatch)[];
}

export type SaveResult = { ticket: Ticket } | { conflict: Conflict };

const TRIES = 3;

export function conflictingFields(
  base: Ticket,
  latest: Ticket,
  patch: TicketPatch,
): (keyof TicketPatch)[] {
  return (Object.keys(patch) as (keyof TicketPatch)[]).filter(
    (field) => latest[field] !== base[field] && latest[field] !== patch[field],
  );
}

const pathOf = (id: string) => `/api/tickets/${encodeURIComponent(id)}`;

export async function saveTicket(base: Ticket, patch: TicketPatch): Promise<SaveResult> {
  let version = base.version;
  for (let attempt = 1; ; attempt++) {
    try {
      const { data } = await request<Ticket>('PATCH', pathOf(base.id), {
        body: patch,
        headers: { 'If-Match': `"${version}"` },
      });
      return { ticket: data };
    } catch (error) {
      const conflict = error instanceof ApiError && error.kind === 'version-conflict';
      if (!conflict || attempt >= TRIES) throw error;
      const latest = await api.get<Ticket>(pathOf(base.id));
      const fields = conflictingFields(base, latest, patch);
      if (fields.length) return { conflict: { patch, latest, fields } };
      version = latest.version;
    }
  }
}
