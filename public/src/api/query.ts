/**
 * Reading with a cache, by TanStack Query: useQuery() shows what is known at once and reads again behind it;
 * after a change, invalidate(prefix) makes every mounted reader of such a key read again. A read that fails for
 * want of a network or a server is tried again, after a moment and as soon as the connection is back.
 */
import {
  onlineManager,
  QueryClient,
  useQuery as useTanstackQuery,
  type Query as CachedQuery,
  type QueryFilters,
} from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError } from './client';

const RETRIES = 2;
const RETRY_MS = 1000;
const RETRY_MAX_MS = 10_000;
/** Several events of one operation are one more read. */
const SETTLE_MS = 250;

/** Another try may go better: nobody answered, or the answer was that there is no room just now. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.kind === 'network' || [502, 503, 504].includes(error.status));

export function retryDelay(failures: number, error: unknown): number {
  const wanted = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
  return Math.min(RETRY_MAX_MS, Math.max(wanted, RETRY_MS * 2 ** failures));
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what has changed; a view that is opened reads anyway.
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (failures, error) => failures < RETRIES && isPassing(error),
      retryDelay,
    },
  },
});

/** Reads again what failed, where it is shown. */
export function retryFailed(): void {
  void queryClient.refetchQueries({
    type: 'active',
    predicate: ({ state }) => isPassing(state.error ?? state.fetchFailureReason),
  });
}
onlineManager.subscribe((online) => online && retryFailed());

const startsWith = (prefix: string) => ({
  predicate: ({ queryKey }: CachedQuery) => String(queryKey[0]).startsWith(prefix),
});

/**
 * Reads again what is shown of these. A first read that is under way may have begun before what it is read again
 * for, and TanStack waits for that instead of beginning anew: then once more behind it.
 */
export async function readAgain(filters: QueryFilters): Promise<void> {
  const first = new Set(
    queryClient
      .getQueryCache()
      .findAll(filters)
      .filter(({ state }) => state.data === undefined && state.fetchStatus === 'fetching'),
  );
  await queryClient.invalidateQueries(filters);
  if (first.size > 0) await queryClient.invalidateQueries({ predicate: (q) => first.has(q) });
}

const settling = new Map<string, { again: boolean }>();

/** Everything whose key starts with the prefix is read again, now or when next shown. */
export function invalidate(prefix: string): void {
  const last = settling.get(prefix);
  if (last) {
    last.again = true;
    return;
  }
  const mine = { again: false };
  settling.set(prefix, mine);
  void readAgain(startsWith(prefix));
  setTimeout(() => {
    settling.delete(prefix);
    if (mine.again) invalidate(prefix);
  }, SETTLE_MS);
}

const soon = new Set<string>();

/** The same a moment later: events of one change, and the answer to who made it, are one more read. */
export function invalidateSoon(prefix: string): void {
  if (soon.has(prefix)) return;
  soon.add(prefix);
  setTimeout(() => {
    soon.delete(prefix);
    invalidate(prefix);
  }, SETTLE_MS);
}

/** Puts a known answer in place, for instance the one of a PATCH. */
export function setQueryData<T>(key: string, change: T | ((old: T | undefined) => T)): void {
  void queryClient.cancelQueries({ queryKey: [key] });
  queryClient.setQueryData<T>([key], change);
}

/** Forgets everything: another person signed in. */
export function clearQueries(): void {
  void queryClient.cancelQueries();
  queryClient.clear();
}

export interface Query<T> {
  data: T | undefined;
  error: ApiError | null;
  /** A read is under way (also when older data is there). */
  loading: boolean;
  refresh: () => void;
}

interface QueryOptions<T> {
  /** After how many milliseconds it is read again, while the page is in sight; false = not by itself. */
  every?: (data: T | undefined) => number | false;
}

/** `key` null reads nothing. The key must name everything that `load` depends on. */
export function useQuery<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { every }: QueryOptions<T> = {},
): Query<T> {
  const enabled = key !== null;
  const { data, error, failureReason, isFetching } = useTanstackQuery<T, ApiError>(
    {
      queryKey: [key],
      queryFn: ({ signal }) => load(signal),
      enabled,
      refetchInterval: (query) => every?.(query.state.data) ?? false,
    },
    queryClient,
  );
  const refresh = useCallback(() => {
    if (key !== null) void readAgain({ queryKey: [key], exact: true });
  }, [key]);
  return {
    data,
    error: error ?? offline(data, failureReason),
    loading: isFetching,
    refresh,
  };
}

/** That there is no network is said at once, and not after the last try. */
export const offline = (data: unknown, reason: ApiError | null): ApiError | null =>
  data === undefined && reason?.kind === 'network' ? reason : null;
