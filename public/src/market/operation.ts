/** Runs an operation of a plugin's lifecycle, says whether it is under way and what went wrong. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, isAbort } from '../api/client';
import { pluginTexts } from '../text/plugins';
import { useHurry } from './steps';

/** The server's own words, and when to come again where it says so. */
export function problemText(error: ApiError): string {
  if (error.status === 429)
    return pluginTexts.limit({ minutes: Math.max(1, Math.ceil((error.retryAfter ?? 60) / 60)) });
  const faults = (error.problem.errors ?? [])
    .map((e) => e.detail)
    .filter((d) => d !== error.message);
  return [error.message, ...faults].join(' ');
}

export interface Operation {
  busy: boolean;
  error: ApiError | null;
  /** Answers what the action did, or null when it failed. */
  run: <R>(action: () => Promise<R>) => Promise<R | null>;
  forget: () => void;
}

export function useOperation(): Operation {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  useHurry(busy);
  const run = useCallback(async <R>(action: () => Promise<R>): Promise<R | null> => {
    setBusy(true);
    setError(null);
    try {
      return await action();
    } catch (caught) {
      if (!isAbort(caught) && here.current) setError(caught as ApiError);
      return null;
    } finally {
      if (here.current) setBusy(false);
    }
  }, []);
  const forget = useCallback(() => setError(null), []);
  return { busy, error, run, forget };
}
