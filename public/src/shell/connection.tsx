/** A dot that says whether what one sees is live. Losses shorter than a blink are not shown. */
import { useEffect, useState } from 'react';
import { events, useConnection } from '../events/live';
import { texts } from '../text';

export function useSteadyConnection() {
  const now = useConnection();
  const [shown, setShown] = useState(now);
  useEffect(() => {
    if (now === 'live') {
      setShown(now);
      return;
    }
    const timer = setTimeout(() => setShown(now), 1500);
    return () => clearTimeout(timer);
  }, [now]);
  return shown;
}

export function ConnectionDot() {
  const state = useSteadyConnection();
  return (
    <span className="connection" data-state={state} role="status">
      <span className="connection-dot" aria-hidden="true" />
      <span className="connection-text">{texts.connection[state]}</span>
    </span>
  );
}

/** On phones the dot has no room: a line appears only when something is wrong. */
export function ConnectionBanner() {
  const state = useSteadyConnection();
  return (
    <div role="status" className="connection-banner-place">
      {state === 'offline' && (
        <p className="connection-banner">
          {texts.connection.banner}
          <button type="button" onClick={() => events.wake()}>
            {texts.connection.now}
          </button>
        </p>
      )}
    </div>
  );
}
