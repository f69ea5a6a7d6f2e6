/** One's own notifications, the newest first, and which of them are new. */
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api, type ApiError } from '../api/client';
import { invalidate, offline, queryClient, readAgain } from '../api/query';
import type { Notification } from '../api/resources';
import { useEvents, useResync } from '../events/live';

const KEY = 'notifications';
const PAGE = 50;
const EVENTS = ['Notification', 'SystemNotification', 'TicketAssigned', 'TicketMentioned'] as const;

interface NotificationPage {
  items: Notification[];
  nextCursor: string | null;
}
type Pages = InfiniteData<NotificationPage, string | null>;

export interface Inbox {
  items: readonly Notification[];
  /** Among those that are loaded. */
  unread: number;
  loading: boolean;
  error: ApiError | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  refresh: () => void;
}

export function useInbox(): Inbox {
  const query = useInfiniteQuery<NotificationPage, ApiError, Pages, [string], string | null>(
    {
      queryKey: [KEY],
      queryFn: ({ pageParam, signal }) =>
        api.get('/api/notifications', { query: { limit: PAGE, cursor: pageParam }, signal }),
      initialPageParam: null,
      getNextPageParam: (last) => last.nextCursor,
      // The rail and the page show the same; events say when there is more.
      staleTime: 60_000,
    },
    queryClient,
  );
  const { data, fetchNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((p) => p.items) ?? [], [data]);
  return {
    items,
    unread: items.filter((n) => !n.read).length,
    loading: !data,
    error: query.error ?? offline(data, query.failureReason),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void fetchNextPage(),
    refresh: () => void readAgain({ queryKey: [KEY] }),
  };
}

/** For the place that is always there: the list follows events, and what was read on another screen. */
export function useUnread(): number {
  const { unread } = useInbox();
  useEvents(EVENTS, () => invalidate(KEY));
  useResync(() => invalidate(KEY));
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && invalidate(KEY);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return unread;
}

/** Everything up to this one was seen. */
export async function markRead(newest: Notification): Promise<void> {
  await api.post('/api/notifications/read', { until: newest.sentAt });
  queryClient.setQueryData<Pages>(
    [KEY],
    (old) =>
      old && {
        ...old,
        pages: old.pages.map((p) => ({
          ...p,
          items: p.items.map((n) => (n.sentAt <= newest.sentAt ? { ...n, read: true } : n)),
        })),
      },
  );
}
