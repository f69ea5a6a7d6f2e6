/**
 * The author's loop: `mortise plugin dev` tells of what does not build and of each new build. What shows it is loaded
 * where there is such a version, or with the first event of one.
 */
import { useEffect, useState, type ComponentType } from 'react';
import type { MtEvent } from '../events/client';
import { useEvents } from '../events/live';
import { usePluginRegistry } from './registry';

export function DevOverlay() {
  const { installations } = usePluginRegistry();
  const [event, setEvent] = useState<MtEvent | null>(null);
  const [Overlay, setOverlay] = useState<ComponentType<{ event: MtEvent | null }> | null>(null);
  useEvents(['PluginDevError', 'PluginDevReloaded'], setEvent);
  const wanted = event !== null || installations.some((i) => i.version.includes('-dev.'));
  useEffect(() => {
    if (wanted)
      import('./dev-overlay').then(
        (loaded) => setOverlay(() => loaded.DevOverlay),
        () => {},
      );
  }, [wanted]);
  return Overlay && <Overlay event={event} />;
}
