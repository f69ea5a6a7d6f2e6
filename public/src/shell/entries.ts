/** What the palette offers, and which of it fits what was typed. */
import type { Ticket, User } from '../api/types';
import type { IconName } from '../ui/icons';

export const GROUPS = ['tickets', 'people', 'pages', 'actions'] as const;
export type GroupName = (typeof GROUPS)[number];

export interface Entry {
  id: string;
  group: GroupName;
  label: string;
  /** Behind the label: a state, a key. */
  note?: string | undefined;
  /** More words that it is found by. */
  words?: string;
  icon: IconName;
  run: () => void;
}

const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Each word that was typed is somewhere in the entry; where a word of it begins like that comes first. */
export function matching(entries: readonly Entry[], typed: string): Entry[] {
  const wanted = fold(typed).split(/\s+/).filter(Boolean);
  const rank = (text: string) =>
    wanted.filter((w) => text.startsWith(w) || text.includes(` ${w}`)).length;
  return entries
    .map((entry) => ({ entry, text: fold(`${entry.label} ${entry.words ?? ''}`) }))
    .filter(({ text }) => wanted.every((w) => text.includes(w)))
    .sort((a, b) => rank(b.text) - rank(a.text))
    .map(({ entry }) => entry);
}

export const PEOPLE_MAX = 5;

export const ticketEntry = (ticket: Ticket, note: string, open: (path: string) => void): Entry => ({
  id: `ticket-${ticket.id}`,
  group: 'tickets',
  label: `#${ticket.number} ${ticket.title}`,
  note,
  icon: 'tickets',
  run: () => open(`/tickets/${ticket.id}`),
});

export const personEntry = (user: User, note: string, open: (path: string) => void): Entry => ({
  id: `person-${user.id}`,
  group: 'people',
  label: user.name,
  note,
  words: user.email,
  icon: 'people',
  run: () => open(`/tickets?assigneeId=${user.id}`),
});
