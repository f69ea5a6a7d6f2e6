/** The event client of this page, and the hooks through which views hear of events. */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { ApiError, api } from '../api/client';
import { retryFailed } from '../api/query';
import { EventClient, type Connection, type EventPage, type MtEvent } from './client';
import { openTransport } from './transport';

let id: string | null = null;
/** Names this page in the presence list: one person may have many. */
const connectionId = (): string => (id ??= newId());

function newId(): string {
  // randomUUID needs a secure context; a server in the local network may be plain http.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const sinceOf = (positions: Record<string, number>) =>
  Object.entries(positions)
    .map(([channel, seq]) => `${channel}:${seq}`)
    .join(',');

export const events = new EventClient({
  fetchPage: (since) =>
    api.get<EventPage>('/api/events', {
      query: { since: since && sinceOf(since), conn: connectionId() },
    }),
  openTransport: (on) => openTransport(`/events?conn=${connectionId()}`, on),
  isFinal: (error) => error instanceof ApiError && error.status === 401,
});

const LEAVE = '/api/events/leave';

/** The server hears that this page goes away, and counts it no more. */
function leave(): void {
  if (events.state !== 'stopped') navigator.sendBeacon?.(`${LEAVE}?conn=${connectionId()}`);
}

/**
 * Ends the stream before a sign-out, and waits until the server counts this page no more: a beacon
 * may arrive after the session has ended, and would be refused.
 */
export async function endStream(): Promise<void> {
  if (events.state === 'stopped') return;
  events.stop();
  try {
    await api.post(LEAVE, undefined, { query: { conn: connectionId() }, deadline: 2_000 });
  } catch {
    // The page's lease expires by itself.
  }
}

// What failed while nothing could be reached is read as soon as something can.
events.onState(() => events.state === 'live' && retryFailed());

if (typeof window !== 'undefined') {
  window.addEventListener('pagehide', leave);
  // Back out of the browser's memory, where it was without a stream.
  window.addEventListener('pageshow', (e) => {
    if (e.persisted) events.wake();
  });
  window.addEventListener('online', () => events.wake());
  window.addEventListener('offline', () => events.sleep());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') events.wake();
  });
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (tell) => events.onState(tell),
    () => events.state,
  );
}

/** Calls `handler` for each event of the given types ("*" is all), once and in order. */
export function useEvents(
  types: string | readonly string[],
  handler: (event: MtEvent) => void,
): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  const key = typeof types === 'string' ? types : types.join(' ');
  useEffect(() => {
    const wanted = new Set(key.split(' '));
    return events.onEvent((event) => {
      if (wanted.has('*') || wanted.has(event.type)) latest.current(event);
    });
  }, [key]);
}

/** Calls `handler` when events were missed for good and what is shown must be read anew. */
export function useResync(handler: () => void): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => events.onResync(() => latest.current()), []);
}
