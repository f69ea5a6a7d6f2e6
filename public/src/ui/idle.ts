/** Code that the first screen can do without is fetched when nothing else is to be done, so that it is here when it
 * is wanted, also without a network. */
import { useEffect } from 'react';

const LATEST_MS = 3000;

/** Where it fails, the component that needs it tries again. */
const fetchAll = (loads: readonly (() => Promise<unknown>)[]) =>
  loads.forEach((load) => load().catch(() => {}));

export function useWhenIdle(...loads: (() => Promise<unknown>)[]): void {
  useEffect(() => {
    if (typeof requestIdleCallback !== 'function') {
      const timer = setTimeout(() => fetchAll(loads), LATEST_MS);
      return () => clearTimeout(timer);
    }
    const handle = requestIdleCallback(() => fetchAll(loads), { timeout: LATEST_MS });
    return () => cancelIdleCallback(handle);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what is loaded never changes
  }, []);
}
