/** Hooks for components of plugins. */
import { useCallback, useEffect, useState } from 'react';
import { ApiError, toast, uiTexts, useEvents, useMe, useQuery, type MtEvent } from './host';
import { messageOf, type PluginApi } from './plugin-api';
import type { Permission } from './types';

export interface Answer<T> {
  /** The last answer; stays while it is asked again. */
  data: T | undefined;
  error: ApiError | null;
  loading: boolean;
  refresh: () => void;
}

const NOTHING: readonly string[] = [];

/**
 * Reads from one of the plugin's own GET routes. Components that read the same share one request;
 * `plugin.refresh()` asks again. A path of null waits.
 *
 *   const notes = useApi<Notes>(plugin, '/notes/:ticketId', { ticketId }, { refreshOn: 'TicketUpdated' });
 */
export function useApi<T>(
  plugin: PluginApi,
  path: string | null,
  values: Record<string, string | number> = {},
  options: {
    query?: Record<string, string | number | boolean | null | undefined>;
    /** Events that make it ask again: of the core ("TicketUpdated"), own ones in full ("parts.Moved"). */
    refreshOn?: string | readonly string[];
    /** Asks again after so many milliseconds, for as long as it is shown. */
    every?: number;
  } = {},
): Answer<T> {
  const { query, refreshOn = NOTHING, every } = options;
  const url = path === null ? null : plugin.url(path, values);
  const key = url === null ? null : `${url}?${JSON.stringify(query ?? {})}`;
  const answer = useQuery<T>(key, (signal) =>
    plugin.get<T>(path ?? '/', values, { ...(query && { query }), signal }),
  );
  const { refresh } = answer;
  useEvents(refreshOn, refresh);
  useEffect(() => {
    if (!every || key === null) return;
    const timer = setInterval(refresh, every);
    return () => clearInterval(timer);
  }, [every, key, refresh]);
  return answer;
}

/** May the person who is signed in do this? For showing a button; the server decides by itself. */
export function useMay(permission: Permission): boolean {
  const me = useMe();
  return me.roles.includes('SystemAdmin') || me.permissions.includes(permission);
}

/** Calls the handler for each event of a type, once and in order, also for those that were missed. */
export function useEvent<T = Record<string, unknown>>(
  type: string,
  handler: (data: T, event: MtEvent<T>) => void,
): void {
  useEvents(type, (event) => handler(event.data as T, event as unknown as MtEvent<T>));
}

export interface LiveEvent {
  /** What it is about: the entity of mt_emit(). */
  entity: string | null;
  at: string;
}

/**
 * Calls the handler for each event of the plugin's own that it raises by mt_emit(), once and in order: so what two
 * people have open stays in step. The manifest names it in `emits`; who lacks the permission that it names there
 * doesn't receive it.
 *
 *   useLive<{ entryId: string }>(plugin, 'EntryAdded', () => entries.refresh());
 */
export function useLive<T = Record<string, unknown>>(
  plugin: PluginApi,
  name: string,
  handler: (data: T, event: LiveEvent) => void,
): void {
  useEvents(`${plugin.key}.${name}`, ({ data, at }) =>
    handler((data.data ?? {}) as T, { entity: (data.entity as string | null) ?? null, at }),
  );
}

export interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<boolean>;
  busy: boolean;
}

/**
 * Something that a button does: says when it is under way, and tells what went wrong by a toast.
 * `run` answers whether it worked.
 */
export function useAction<A extends unknown[]>(
  act: (...args: A) => Promise<unknown>,
  options: { failed?: string } = {},
): Action<A> {
  const [busy, setBusy] = useState(false);
  const failed = options.failed ?? uiTexts().failed;
  const run = useCallback(
    async (...args: A) => {
      setBusy(true);
      try {
        await act(...args);
        return true;
      } catch (error) {
        toast({ title: failed, message: messageOf(error), tone: 'error' });
        return false;
      } finally {
        setBusy(false);
      }
    },
    [act, failed],
  );
  return { run, busy };
}

/** The present moment, each second while something runs. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
