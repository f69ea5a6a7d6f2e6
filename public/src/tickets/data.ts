/** What the ticket views read, and how they follow events. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, isAbort, type ApiError } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type {
  Comment,
  HistoryEntry,
  Items,
  Ticket,
  TicketPage,
  TicketState,
  User,
} from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { apiQuery, type Filters } from './filters';

const PAGE = 50;
const PAGE_MAX = 200;
/** Many changes at once (an import, a storm of events) are one question. */
const SETTLE_MS = 200;

export const TICKET_EVENTS = ['TicketCreated', 'TicketUpdated'] as const;

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

export function useTicket(id: string) {
  const query = useQuery<Ticket>(`ticket/${id}`, (signal) =>
    api.get(`/api/tickets/${encodeURIComponent(id)}`, { signal }),
  );
  const version = query.data?.version ?? 0;
  useEvents(TICKET_EVENTS, (event) => {
    if (event.data.ticketId !== id) return;
    if (Number(event.data.version) > version) query.refresh();
    invalidate(`history/${id}`);
  });
  useResync(query.refresh);
  return query;
}

const COMMENT_EVENTS = [
  'TicketCommented',
  'TicketCommentUpdated',
  'TicketCommentArchived',
  'TicketCommentRestored',
] as const;

export function useComments(id: string) {
  const query = useQuery<Items<Comment>>(`comments/${id}`, (signal) =>
    api.get(`/api/tickets/${encodeURIComponent(id)}/comments`, { signal }),
  );
  useEvents(COMMENT_EVENTS, (event) => {
    if (event.data.ticketId === id) query.refresh();
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
  hasMore: boolean;
  /** Nothing of these filters is there yet. */
  loading: boolean;
  loadingMore: boolean;
  error: ApiError | null;
  /** Tickets that changed under one's eyes: marked for a moment. */
  fresh: ReadonlySet<string>;
  loadMore: () => void;
  refresh: () => void;
}

interface Loaded {
  key: string;
  items: Ticket[];
  total: number;
  cursor: string | null;
}

const NO_TICKETS: readonly Ticket[] = [];

/** Reads `want` tickets from the start, in as few pages as the API allows. */
async function readFirst(
  filters: Filters,
  want: number,
  signal: AbortSignal,
): Promise<Omit<Loaded, 'key'>> {
  const items: Ticket[] = [];
  let cursor: string | null = null;
  let total = 0;
  do {
    const limit = Math.min(PAGE_MAX, Math.max(PAGE, want - items.length));
    const page: TicketPage = await api.get('/api/tickets', {
      query: { ...apiQuery(filters), limit, cursor },
      signal,
    });
    items.push(...page.items);
    total = page.total;
    cursor = page.nextCursor;
  } while (cursor && items.length < want);
  return { items, total, cursor };
}

function changedIds(old: Loaded | null, next: Ticket[]): string[] {
  const known = new Map(old?.items.map((t) => [t.id, t.version]));
  return next.filter((t) => known.get(t.id) !== t.version).map((t) => t.id);
}

export function useTicketList(filters: Filters): TicketList {
  const key = JSON.stringify(apiQuery(filters));
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const current = useRef<{ key: string; filters: Filters; loaded: Loaded | null }>(null!);
  current.current = { key, filters, loaded: loaded?.key === key ? loaded : null };
  const running = useRef<AbortController | null>(null);
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);

  const read = useCallback(async (live: boolean) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    const { key: asked, filters: by, loaded: old } = current.current;
    try {
      const got = await readFirst(by, old?.items.length ?? PAGE, mine.signal);
      if (mine.signal.aborted || current.current.key !== asked) return;
      setLoaded({ key: asked, ...got });
      setError(null);
      if (live) setFresh(new Set(changedIds(old, got.items)));
    } catch (caught) {
      if (!isAbort(caught) && !mine.signal.aborted) setError(caught as ApiError);
    }
    if (running.current === mine) running.current = null;
    setLoadingMore(false);
  }, []);

  useEffect(() => {
    setError(null);
    setFresh(new Set());
    void read(false);
  }, [key, read]);
  useEffect(
    () => () => {
      running.current?.abort();
      clearTimeout(settle.current);
    },
    [],
  );
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => setFresh(new Set()), 2000);
    return () => clearTimeout(timer);
  }, [fresh]);

  useEvents(TICKET_EVENTS, () => {
    clearTimeout(settle.current);
    settle.current = setTimeout(() => void read(true), SETTLE_MS);
  });
  useResync(() => void read(false));

  const here = loaded?.key === key ? loaded : null;
  const loadMore = useCallback(() => {
    const { loaded: old, filters: by, key: asked } = current.current;
    // A read under way makes a new list, which asks for more by itself.
    if (!old?.cursor || running.current) return;
    setLoadingMore(true);
    const mine = new AbortController();
    running.current = mine;
    api
      .get<TicketPage>('/api/tickets', {
        query: { ...apiQuery(by), limit: PAGE, cursor: old.cursor },
        signal: mine.signal,
      })
      .then(
        (page) => {
          if (mine.signal.aborted || current.current.key !== asked) return;
          const known = new Set(old.items.map((t) => t.id));
          const more = page.items.filter((t) => !known.has(t.id));
          setLoaded({
            key: asked,
            items: [...old.items, ...more],
            total: page.total,
            cursor: page.nextCursor,
          });
        },
        (caught: unknown) => {
          if (!isAbort(caught)) setError(caught as ApiError);
        },
      )
      .finally(() => {
        if (running.current !== mine) return;
        running.current = null;
        setLoadingMore(false);
      });
  }, []);

  return {
    items: here?.items ?? NO_TICKETS,
    total: here?.total ?? 0,
    hasMore: Boolean(here?.cursor),
    loading: !here && !error,
    loadingMore,
    error,
    fresh,
    loadMore,
    refresh: () => void read(false),
  };
}
