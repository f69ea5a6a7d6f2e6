/**
 * Reading with a cache: useQuery() shows what is known at once and asks again behind it; whoever
 * changes something says invalidate(prefix) and every mounted reader of such a key asks again.
 * An answer that was overtaken by a newer question is dropped.
 */
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { isAbort, type ApiError } from './client';

interface Entry {
  data: unknown;
  error: ApiError | null;
  loading: boolean;
}

interface Slot {
  entry: Entry;
  listeners: Set<() => void>;
  load: ((signal: AbortSignal) => Promise<unknown>) | null;
  running: AbortController | null;
  stale: boolean;
}

const slots = new Map<string, Slot>();
const EMPTY: Entry = { data: undefined, error: null, loading: true };

function slotOf(key: string): Slot {
  let slot = slots.get(key);
  if (!slot) {
    slot = { entry: EMPTY, listeners: new Set(), load: null, running: null, stale: true };
    slots.set(key, slot);
  }
  return slot;
}

function put(slot: Slot, change: Partial<Entry>): void {
  slot.entry = { ...slot.entry, ...change };
  slot.listeners.forEach((tell) => tell());
}

async function run(slot: Slot): Promise<void> {
  if (!slot.load) return;
  slot.running?.abort();
  const mine = new AbortController();
  slot.running = mine;
  slot.stale = false;
  if (!slot.entry.loading) put(slot, { loading: true });
  try {
    const data = await slot.load(mine.signal);
    if (slot.running === mine) put(slot, { data, error: null, loading: false });
  } catch (error) {
    if (slot.running !== mine) return;
    slot.stale = true;
    if (!isAbort(error)) put(slot, { error: error as ApiError, loading: false });
  } finally {
    if (slot.running === mine) slot.running = null;
  }
}

/** Everything whose key starts with the prefix is asked for again, now or when next shown. */
export function invalidate(prefix: string): void {
  for (const [key, slot] of slots) {
    if (!key.startsWith(prefix)) continue;
    if (slot.listeners.size) void run(slot);
    else slot.stale = true;
  }
}

/** Puts a known answer in place, for instance the one of a PATCH. */
export function setQueryData<T>(key: string, change: T | ((old: T | undefined) => T)): void {
  const slot = slotOf(key);
  const old = slot.entry.data as T | undefined;
  const data = typeof change === 'function' ? (change as (old: T | undefined) => T)(old) : change;
  slot.running?.abort();
  slot.running = null;
  slot.stale = false;
  put(slot, { data, error: null, loading: false });
}

/** Forgets everything: another person signed in. */
export function clearQueries(): void {
  for (const slot of slots.values()) slot.running?.abort();
  slots.clear();
}

export interface Query<T> {
  data: T | undefined;
  error: ApiError | null;
  /** A question is under way (also when older data is there). */
  loading: boolean;
  refresh: () => void;
}

const nothing = () => () => {};

/** `key` null asks nothing. The key must name everything that `load` depends on. */
export function useQuery<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
): Query<T> {
  const subscribe = useCallback(
    (tell: () => void) => {
      if (key === null) return nothing();
      const slot = slotOf(key);
      slot.listeners.add(tell);
      return () => {
        slot.listeners.delete(tell);
        if (slot.listeners.size === 0 && slot.running) {
          slot.running.abort();
          slot.running = null;
          slot.stale = true;
        }
      };
    },
    [key],
  );
  const entry = useSyncExternalStore(subscribe, () =>
    key === null ? EMPTY : (slots.get(key)?.entry ?? EMPTY),
  );
  useEffect(() => {
    if (key === null) return;
    const slot = slotOf(key);
    slot.load = load;
    if (!slot.running) void run(slot);
    // A new function each render is the same question: the key says when it is another one.
  }, [key]);
  const refresh = useCallback(() => {
    if (key !== null) void run(slotOf(key));
  }, [key]);
  return { data: entry.data as T | undefined, error: entry.error, loading: entry.loading, refresh };
}
