/** Who may change a ticket: all of them, or their own only. The server decides again; this is for what is offered. */
import type { Ticket, User } from '../api/types';
import { api } from '../api/client';
import { useQuery } from '../api/query';

type Person = { id: string; permissions: readonly string[] };

export const isMine = (ticket: Pick<Ticket, 'assigneeId' | 'createdBy'>, meId: string): boolean =>
  ticket.assigneeId === meId || ticket.createdBy === meId;

export const mayChangeTicket = (
  me: Person,
  ticket: Pick<Ticket, 'assigneeId' | 'createdBy'>,
): boolean =>
  me.permissions.includes('tickets:write') ||
  (me.permissions.includes('tickets:write:own') && isMine(ticket, me.id));

/** People without those who may not read this ticket: nobody can mention them there. */
export function useMentionable(ticketId: string, users: readonly User[]): readonly User[] {
  const { data } = useQuery<{ items: string[] }>(`without-access/${ticketId}`, (signal) =>
    api.get(`/api/tickets/${encodeURIComponent(ticketId)}/without-access`, { signal }),
  );
  return data?.items.length ? users.filter((u) => !data.items.includes(u.id)) : users;
}
