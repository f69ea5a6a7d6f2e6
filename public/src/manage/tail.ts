/** A log that is followed: the last lines, new ones as they come, earlier ones when asked for. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { isAbort, type ApiError } from '../api/client';
import { readLogs } from '../market/calls';
import type { LogLine, LogPage } from '../market/types';

const PAGE = 100;
/** More lines than this only make the page slow; the oldest ones leave. */
export const KEPT = 2000;
const EVERY_MS = 2000;

/** The server answers the newest first. */
const inOrder = (page: LogPage) => [...page.items].reverse();

export interface Tail {
  lines: readonly LogLine[] | null;
  error: ApiError | null;
  /** There may be earlier lines. */
  hasEarlier: boolean;
  earlier: () => void;
  retry: () => void;
}

export function useTail(id: string, following: boolean): Tail {
  const [lines, setLines] = useState<readonly LogLine[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);
  const [before, setBefore] = useState<string | null>(null);
  const after = useRef<string | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    setLines(null);
    setError(null);
    after.current = null;
    readLogs(id, { limit: PAGE }, abort.signal).then(
      (page) => {
        setLines(inOrder(page));
        setBefore(page.before);
        after.current = page.after;
      },
      (e: unknown) => !isAbort(e) && setError(e as ApiError),
    );
    return () => abort.abort();
  }, [id, round]);

  const ready = lines !== null;
  useEffect(() => {
    if (!following || !ready) return;
    const abort = new AbortController();
    let busy = false;
    const more = async () => {
      if (busy || !after.current || document.visibilityState !== 'visible') return;
      busy = true;
      try {
        const page = await readLogs(id, { limit: PAGE, after: after.current }, abort.signal);
        after.current = page.after ?? after.current;
        if (page.items.length) setLines((old) => [...(old ?? []), ...inOrder(page)].slice(-KEPT));
      } catch {
        // The next round tries again; what is shown stays.
      }
      busy = false;
    };
    const timer = setInterval(() => void more(), EVERY_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [id, following, ready]);

  const earlier = useCallback(() => {
    if (!before) return;
    readLogs(id, { limit: PAGE, before }, new AbortController().signal).then(
      (page) => {
        setLines((old) => [...inOrder(page), ...(old ?? [])].slice(0, KEPT));
        setBefore(page.before);
      },
      (e: unknown) => setError(e as ApiError),
    );
  }, [id, before]);
  const retry = useCallback(() => setRound((n) => n + 1), []);
  return { lines, error, hasEarlier: before !== null, earlier, retry };
}
