/**
 * How this person wants to hear of notifications: what comes to the screen and to the desktop. Read when the first one
 * comes, and again when it was changed, here or on another device.
 */
import { useEffect } from 'react';
import { api } from '../api/client';
import { queryClient } from '../api/query';
import type { NotificationPreferences } from '../api/types';
import { useEvents, useResync } from '../events/live';
import type { MtEvent } from '../events/client';

export const PREFERENCES = 'notification-preferences';
export const PREFERENCES_PATH = '/api/me/notifications';
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Whose ways are a choice. */
export const TOPICS = [
  'assigned',
  'mentioned',
  'commented',
  'state',
  'person',
  'plugin',
  'system',
] as const;
export type Topic = (typeof TOPICS)[number] | 'security';

export const WAYS = ['toast', 'desktop', 'mail'] as const;
export type Way = (typeof WAYS)[number];

/** null: no notification, and not in the inbox. As sql/007-notifications.sql decides. */
export function topicOf({ type, data }: Pick<MtEvent, 'type' | 'data'>): Topic | null {
  if (type === 'TicketAssigned') return 'assigned';
  if (type === 'TicketMentioned') return 'mentioned';
  if (type === 'TicketNewComment') return 'commented';
  if (type === 'TicketNewState') return 'state';
  if (type === 'PasswordChanged') return 'security';
  if (type === 'SystemNotification') return 'system';
  if (type !== 'Notification') return null;
  return data.pluginKey ? 'plugin' : data.fromUserId ? 'person' : 'system';
}

/** By the clock of the person's zone, so that a night is one also when the clock is changed in it. */
export function isQuiet(p: NotificationPreferences, now: Date): boolean {
  if (!p.quiet) return false;
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: p.timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((x) => x.type === type)?.value ?? '';
  const clock = `${part('hour')}:${part('minute')}`;
  const day = DAYS.findIndex((d) => d === part('weekday').toLowerCase());
  const begins = (ago: number) => p.quietDays.includes(DAYS[(day + 7 - ago) % 7]!);
  if (p.quietTo > p.quietFrom) return begins(0) && clock >= p.quietFrom && clock < p.quietTo;
  return (begins(0) && clock >= p.quietFrom) || (begins(1) && clock < p.quietTo);
}

/** What one event may do; it is in the inbox, and counted, in any case. */
export function waysOf(
  p: NotificationPreferences,
  event: Pick<MtEvent, 'type' | 'data'>,
  now: Date,
): { toast: boolean; desktop: boolean } {
  const topic = topicOf(event);
  const urgent = topic === 'security' || event.data.priority === 'high';
  if (isQuiet(p, now) && !(urgent && p.urgentAnyway)) return { toast: false, desktop: false };
  const on = (off: readonly string[]) => topic === null || !off.includes(topic);
  return { toast: on(p.toastOff), desktop: on(p.desktopOff) };
}

/** null where they can't be read: then everything is shown. */
export async function preferences(): Promise<NotificationPreferences | null> {
  try {
    return await queryClient.fetchQuery({
      queryKey: [PREFERENCES],
      queryFn: ({ signal }) => api.get<NotificationPreferences>(PREFERENCES_PATH, { signal }),
      staleTime: Infinity,
      gcTime: Infinity,
    });
  } catch {
    return null;
  }
}

/** At once, unlike invalidate(): the event behind a change is judged by it. A read that began before it is given up. */
function forget(): void {
  const choices = { queryKey: [PREFERENCES] };
  void queryClient.cancelQueries(choices);
  void queryClient.invalidateQueries(choices);
}

/** The zone is a choice of its own. */
export function useFreshPreferences(zone: string): void {
  useEffect(forget, [zone]);
  useEvents(['NotificationPreferencesUpdated', 'TenantUpdated'], forget);
  useResync(forget);
}
