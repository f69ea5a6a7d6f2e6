/** A log that is followed: the last lines, new ones as they come, earlier ones when asked for. */
import { useState } from 'react';
import type { ApiError } from '../api/client';
import { queryClient, setQueryData, useQuery } from '../api/query';
import { readLogs } from '../market/calls';
import type { LogLine, LogPage } from '../market/types';

const PAGE = 100;
/** More lines than this only make the page slow; the oldest ones leave. */
export const KEPT = 2000;
const EVERY_MS = 2000;

export interface LogFilter {
  /** The least; "" = every one. */
  level: string;
  text: string;
  /** How far back, in hours; 0 = as far as the log goes. */
  hours: number;
}

interface Kept {
  lines: readonly LogLine[];
  before: string | null;
  after: string | null;
}

const HOUR_MS = 3_600_000;

const queryOf = ({ level, text, hours }: LogFilter) => ({
  limit: PAGE,
  ...(level && { level }),
  ...(text && { q: text }),
  ...(hours > 0 && { since: new Date(Date.now() - hours * HOUR_MS).toISOString() }),
});

/** The server answers the newest first. */
const inOrder = (page: LogPage) => [...page.items].reverse();

/** What came since, behind what is here. */
async function readOn(
  key: string,
  id: string,
  filter: LogFilter,
  signal: AbortSignal,
): Promise<Kept> {
  const old = queryClient.getQueryData<Kept>([key]);
  const page = await readLogs(id, { ...queryOf(filter), after: old?.after ?? null }, signal);
  if (!old?.after) return { lines: inOrder(page), before: page.before, after: page.after };
  const lines = [...old.lines, ...inOrder(page)].slice(-KEPT);
  return { lines, before: old.before, after: page.after ?? old.after };
}

export interface Tail {
  lines: readonly LogLine[] | null;
  error: ApiError | null;
  /** There may be earlier lines. */
  hasEarlier: boolean;
  earlier: () => Promise<void>;
  retry: () => void;
}

export function useTail(id: string, filter: LogFilter, following: boolean): Tail {
  const key = `logs/${id}/${JSON.stringify(filter)}`;
  const { data, error, refresh } = useQuery<Kept>(
    key,
    (signal) => readOn(key, id, filter, signal),
    { every: () => following && EVERY_MS },
  );
  const [failed, setFailed] = useState<ApiError | null>(null);
  const earlier = async () => {
    if (!data?.before) return;
    setFailed(null);
    try {
      const page = await readLogs(
        id,
        { ...queryOf(filter), before: data.before },
        new AbortController().signal,
      );
      setQueryData<Kept>(key, (old) => ({
        lines: [...inOrder(page), ...(old?.lines ?? [])].slice(0, KEPT),
        before: page.before,
        after: old?.after ?? null,
      }));
    } catch (caught) {
      setFailed(caught as ApiError);
    }
  };
  return {
    lines: data?.lines ?? null,
    error: data ? failed : error,
    hasEarlier: Boolean(data?.before),
    earlier,
    retry: refresh,
  };
}
