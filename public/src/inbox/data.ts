/** One's own notifications, the newest first; how many are new; and what one does with them, on every device. */
import { subDays } from 'date-fns/subDays';
import { useEffect } from 'react';
import { api } from '../api/client';
import { usePages } from '../api/pages';
import { invalidate, useQuery } from '../api/query';
import type { Notification, SentNotification } from '../api/resources';
import type { Items } from '../api/types';
import { useEvents, useResync } from '../events/live';
import { texts } from '../text';

export const PATH = '/api/notifications';
export const KEY = 'notifications';
export const SENT = 'sent-notifications';
const PAGE = 50;
const EVENTS = [
  'Notification',
  'SystemNotification',
  'TicketAssigned',
  'TicketMentioned',
  'TicketNewComment',
  'TicketNewState',
  'PasswordChanged',
  'NotificationsRead',
] as const;

export const PERIODS = ['1', '7', '30', 'all'] as const;
export const TOPICS = [
  'assigned',
  'mentioned',
  'commented',
  'state',
  'person',
  'plugin',
  'system',
  'security',
] as const;
export const PRIORITIES = ['low', 'normal', 'high'] as const;

export interface Asked {
  q: string;
  show: string;
  topic: string;
  priority: string;
  from: string;
  period: string;
}

export const askedBy = (query: URLSearchParams): Asked => ({
  q: query.get('q') ?? '',
  show: query.get('show') === 'unread' ? 'unread' : '',
  topic: TOPICS.find((t) => t === query.get('topic')) ?? '',
  priority: PRIORITIES.find((p) => p === query.get('priority')) ?? '',
  from: query.get('from') ?? '',
  period: PERIODS.find((p) => p === query.get('period')) ?? 'all',
});

export const isFiltered = (asked: Asked): boolean =>
  Object.values({ ...asked, period: asked.period === 'all' ? '' : asked.period }).some(Boolean);

/** What the API is asked; days are counted back from this moment. */
export function queryOf(asked: Asked, now: Date): Record<string, string> {
  const since = asked.period === 'all' ? null : subDays(now, Number(asked.period));
  return {
    ...(asked.q.trim() && { q: asked.q.trim() }),
    ...(asked.show && { read: 'false' }),
    ...(asked.topic && { topic: asked.topic }),
    ...(asked.priority && { priority: asked.priority }),
    ...(asked.from && { fromUserId: asked.from }),
    ...(since && { sentAt: `${since.toISOString()}..` }),
  };
}

export const useInbox = (asked: Asked) =>
  usePages<Notification>([`${KEY}/${JSON.stringify(asked)}`], PATH, () => ({
    ...queryOf(asked, new Date()),
    limit: PAGE,
  }));

export function useSent() {
  useEvents('NotificationSeen', () => invalidate(SENT));
  return usePages<SentNotification>([SENT], `${PATH}/sent`, () => ({}));
}

export interface SeenBy {
  items: { userId: string; name: string; seen: boolean }[];
  hidden: boolean;
}
export const useSeenBy = (id: string) =>
  useQuery<SeenBy>(`${SENT}/${id}`, (signal) => api.get(`${PATH}/sent/${id}/people`, { signal }));

/** More than this are "a lot". */
export const UNREAD_MAX = 49;
export const unreadText = (n: number): string =>
  n > UNREAD_MAX ? texts.inbox.unreadMore({ n: UNREAD_MAX }) : texts.inbox.unread({ n });

/** For the place that is always there: up to 50, which follow events and what is read on another screen. */
export function useUnread(): number {
  const { data } = useQuery<Items<Notification>>(`${KEY}/unread`, (signal) =>
    api.get(PATH, { query: { read: 'false', limit: PAGE }, signal }),
  );
  useEvents(EVENTS, () => invalidate(KEY));
  useResync(() => invalidate(KEY));
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && invalidate(KEY);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return data?.items.length ?? 0;
}

/** Everything up to this one was seen; `all`: also what was kept as unread. */
export async function markRead(newest: Notification, all = false): Promise<void> {
  await api.post(`${PATH}/read`, { until: newest.sentAt, ...(all && { all }) });
  invalidate(KEY);
}

export async function markOne({ id }: Notification, read: boolean): Promise<void> {
  await api.patch(`${PATH}/${id}`, { read });
  invalidate(KEY);
}

export async function remove({ id }: Notification): Promise<void> {
  await api.del(`${PATH}/${id}`);
  invalidate(KEY);
}
