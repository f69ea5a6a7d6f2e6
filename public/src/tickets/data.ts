/** What the ticket views read, and how they follow events. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError, api } from '../api/client';
import { invalidate, offline, queryClient, readAgain, useQuery } from '../api/query';
import type {
  CustomField,
  HistoryEntry,
  Items,
  Ticket,
  TicketPage,
  TicketState,
  Team,
  User,
} from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { apiQuery, type Filters } from './filters';
import { placed, without, type Pages } from './place';

/** The first page is what a screen shows; who scrolls on gets more at a time. */
const PAGE_FIRST = 50;
const PAGE_NEXT = 200;
/** Changes are gathered for a moment: of more than so many the list is read again, of fewer each ticket. */
const SETTLE_MS = 200;
const SINGLE_MAX = 10;
const FRESH_MS = 2000;

/** The server counts to a thousand; more is "more". */
export const COUNT_MAX = 1000;

export const TICKET_EVENTS = ['TicketCreated', 'TicketUpdated'] as const;
const HANDED_OVER = ['WorkHandedOver'] as const;
/** Who is removed is in no team any more. */
const TEAM_EVENTS = ['TeamCreated', 'TeamUpdated', 'TeamDeleted', 'UserDeleted'] as const;

export function useTicketStates(): readonly TicketState[] {
  const { data } = useQuery<Items<TicketState>>('ticket-states', (signal) =>
    api.get('/api/ticket-states', { signal }),
  );
  return data?.items ?? [];
}

export function useUsers(): readonly User[] {
  const me = useMe();
  const { data } = useQuery<Items<User>>(may(me, 'users:read') ? 'users' : null, (signal) =>
    api.get('/api/users', { signal }),
  );
  return data?.items ?? [];
}

export function useTeamList() {
  const me = useMe();
  const query = useQuery<Items<Team>>(may(me, 'users:read') ? 'teams' : null, (signal) =>
    api.get('/api/teams', { signal }),
  );
  useEvents(TEAM_EVENTS, () => invalidate('teams'));
  useResync(() => invalidate('teams'));
  return query;
}

export const useTeams = (): readonly Team[] => useTeamList().data?.items ?? NO_TEAMS;
const NO_TEAMS: readonly Team[] = [];

const CUSTOM_EVENTS = [
  'CustomFieldCreated',
  'CustomFieldUpdated',
  'CustomFieldArchived',
  'CustomFieldRestored',
] as const;

/** Those that the company and its plugins added to its tickets, in their order. */
export function useCustomFieldList() {
  const query = useQuery<Items<CustomField>>('custom-fields', (signal) =>
    api.get('/api/custom-fields', { signal }),
  );
  useEvents(CUSTOM_EVENTS, () => invalidate('custom-fields'));
  useResync(() => invalidate('custom-fields'));
  return query;
}

export const useCustomFields = (): readonly CustomField[] =>
  useCustomFieldList().data?.items ?? NO_FIELDS;
const NO_FIELDS: readonly CustomField[] = [];

const readTicket = (id: string, signal: AbortSignal) =>
  api.get<Ticket>(`/api/tickets/${encodeURIComponent(id)}`, { signal });

export function useTicket(id: string) {
  const query = useQuery<Ticket>(`ticket/${id}`, (signal) => readTicket(id, signal));
  const version = query.data?.version ?? 0;
  useEvents(TICKET_EVENTS, (event) => {
    if (event.data.ticketId !== id) return;
    if (Number(event.data.version) > version) query.refresh();
    invalidate(`history/${id}`);
  });
  // One event for many tickets, when somebody's work was handed over.
  useEvents(HANDED_OVER, () => {
    query.refresh();
    invalidate(`history/${id}`);
  });
  useResync(query.refresh);
  return query;
}

export function useHistory(id: string) {
  const query = useQuery<Items<HistoryEntry>>(`history/${id}`, (signal) =>
    api.get(`/api/tickets/${encodeURIComponent(id)}/history`, { signal }),
  );
  useResync(query.refresh);
  return query;
}

export interface TicketList {
  items: readonly Ticket[];
  total: number;
  /** What the server searched for in place of a word that no ticket has. */
  corrected: string | null;
  hasMore: boolean;
  /** Nothing of these filters is there yet. */
  loading: boolean;
  loadingMore: boolean;
  error: ApiError | null;
  /** Tickets that changed under one's eyes: marked for a moment. */
  fresh: ReadonlySet<string>;
  loadMore: () => void;
  refresh: () => void;
  /** These have changed, and the page has them as they are now. */
  changed: (tickets: readonly Ticket[]) => void;
}

interface Changed {
  version: number;
  created: boolean;
  /** This person may not see it any more. */
  gone: boolean;
}

const NO_TICKETS: readonly Ticket[] = [];

/** A ticket that moved while pages were read may be in two of them. */
function unique(items: readonly Ticket[] = NO_TICKETS): readonly Ticket[] {
  return [...new Map(items.map((t) => [t.id, t])).values()];
}

function knownTicket(id: string, version: number): Ticket | null {
  const known = queryClient.getQueryData<Ticket>([`ticket/${id}`]);
  return known && known.version >= version ? known : null;
}

/** The ticket as it is after a change; not read again where this page has it already, as after its own change. */
async function latest(id: string, version: number): Promise<Ticket | null> {
  const known = knownTicket(id, version);
  if (known) return known;
  const queryKey = [`ticket/${id}`];
  const read = () =>
    queryClient.fetchQuery({ queryKey, queryFn: ({ signal }) => readTicket(id, signal) });
  try {
    const ticket = await read();
    // It joined a read that had begun before the change.
    return ticket.version >= version ? ticket : await read();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export function useTicketList(filters: Filters): TicketList {
  const me = useMe();
  const states = useTicketStates();
  const key = `tickets?${JSON.stringify(apiQuery(filters))}`;
  const query = useInfiniteQuery<TicketPage, ApiError, Pages, [string], string | null>(
    {
      queryKey: [key],
      queryFn: ({ pageParam, signal }) =>
        api.get('/api/tickets', {
          query: {
            ...apiQuery(filters),
            limit: pageParam ? PAGE_NEXT : PAGE_FIRST,
            cursor: pageParam,
          },
          signal,
        }),
      initialPageParam: null,
      getNextPageParam: (last) => last.nextCursor,
    },
    queryClient,
  );
  const { data, hasNextPage, isFetching, isFetchingNextPage, fetchNextPage } = query;
  const refresh = useCallback(() => readAgain({ queryKey: [key], exact: true }), [key]);
  const error = query.error ?? offline(data, query.failureReason);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setFresh(new Set()), [key]);
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => setFresh(new Set()), FRESH_MS);
    return () => clearTimeout(timer);
  }, [fresh]);

  const changed = useRef(new Map<string, Changed>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const add = (id: string, { version, created, gone }: Changed) => {
    const known = changed.current.get(id);
    const newest = version >= (known?.version ?? 0);
    changed.current.set(id, {
      version: Math.max(version, known?.version ?? 0),
      created: created || Boolean(known?.created),
      gone: newest ? gone : Boolean(known?.gone),
    });
    timer.current ??= setTimeout(() => {
      const now = changed.current;
      changed.current = new Map();
      timer.current = undefined;
      latestFollow.current(now).catch(refresh);
    }, SETTLE_MS);
  };

  /** Puts what has changed in its place, or reads the list again where only the server knows that place. */
  const follow = async (now: ReadonlyMap<string, Changed>) => {
    const busy = () => queryClient.isFetching({ queryKey: [key] }) > 0;
    // What a read that is under way answers may be older than the change: put in after it.
    const wait = () => now.forEach((change, id) => add(id, change));
    if (busy()) return wait();
    const unknown = [...now].filter(
      ([id, { version, gone }]) => !gone && !knownTicket(id, version),
    ).length;
    const byTeam = filters.assigneeId.some((id) => id.startsWith('team:'));
    const byOwn = Object.keys(filters.custom).length > 0;
    if (filters.q.trim() || byTeam || byOwn || unknown > SINGLE_MAX || states.length === 0)
      await refresh();
    else {
      const view = { filters, meId: me.id, states };
      const tickets = await Promise.all(
        [...now].map(([id, { version, gone }]) => (gone ? null : latest(id, version))),
      );
      if (busy()) return wait();
      queryClient.setQueryData<Pages>([key], (old) =>
        tickets.reduce(
          (pages, t, i) =>
            pages &&
            (t
              ? placed(pages, t, view, now.get(t.id)?.created ?? false)
              : without(pages, [...now.keys()][i]!)),
          old,
        ),
      );
    }
    setFresh(new Set(now.keys()));
  };
  const latestFollow = useRef(follow);
  useEffect(() => {
    latestFollow.current = follow;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvents(TICKET_EVENTS, ({ type, data: of }) =>
    add(String(of.ticketId), {
      version: Number(of.version ?? 0),
      created: type === 'TicketCreated',
      gone: of.gone === true,
    }),
  );
  useEvents(HANDED_OVER, () => void refresh());
  useResync(() => void refresh());

  const items = useMemo(() => unique(data?.pages.flatMap((p) => p.items)), [data]);
  const loadMore = useCallback(() => {
    // A read of the whole list comes to the same end.
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  return {
    items,
    total: data?.pages.at(-1)?.total ?? 0,
    corrected: data?.pages.at(-1)?.corrected ?? null,
    hasMore: hasNextPage,
    loading: !data && !error,
    loadingMore: isFetchingNextPage,
    error,
    fresh,
    loadMore,
    refresh: () => void refresh(),
    changed: (tickets) =>
      tickets.forEach((t) => add(t.id, { version: t.version, created: false, gone: false })),
  };
}
