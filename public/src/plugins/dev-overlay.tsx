/**
 * Those who manage plugins see the compiler's words over the page; a build that works takes them away again. The other
 * way go errors of its components (dev-faults.ts).
 */
import { useEffect, useState } from 'react';
import { invalidate } from '../api/query';
import type { Installation } from '../api/types';
import { may, useMe } from '../auth/session';
import type { MtEvent } from '../events/client';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { IconButton } from '../ui/button';
import { Icon } from '../ui/icons';
import { usePluginRegistry } from './registry';
import './plugins.css';

const TEXT_MAX = 16_000;

function useFaults(installations: readonly Installation[]): void {
  useEffect(() => {
    if (!installations.some((i) => i.version.includes('-dev.'))) return undefined;
    let end: (() => void) | null | undefined;
    import('./dev-faults').then(
      ({ watchFaults }) => {
        if (end !== null) end = watchFaults(installations);
      },
      () => {},
    );
    return () => {
      end?.();
      end = null;
    };
  }, [installations]);
}

/** `event`: the latest one of a build. */
export function DevOverlay({ event }: { event: MtEvent | null }) {
  const me = useMe();
  const { installations } = usePluginRegistry();
  const [fault, setFault] = useState<{ pluginKey: string; text: string } | null>(null);
  useFaults(installations);
  const nameOf = (key: string) =>
    installations.find((i) => i.pluginKey === key)?.displayName ?? key;
  useEffect(() => {
    const pluginKey = event?.data.pluginKey;
    if (!may(me, 'plugins:manage') || typeof pluginKey !== 'string') return;
    if (event?.type === 'PluginDevError') {
      setFault({ pluginKey, text: String(event.data.text ?? '').slice(0, TEXT_MAX) });
      return;
    }
    setFault((old) => (old?.pluginKey === pluginKey ? null : old));
    // A new bundle has a new address: reading the list again is all that it takes.
    invalidate('plugins/');
    toast({
      title: texts.plugins.devReloaded({ name: nameOf(pluginKey) }),
      tag: `plugin ${pluginKey}`,
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each event, whatever else changes
  }, [event]);
  if (!fault) return null;
  const name = nameOf(fault.pluginKey);
  return (
    <section className="dev-overlay" role="alert" aria-label={texts.plugins.devError({ name })}>
      <header>
        <Icon name="warning" />
        <strong>{texts.plugins.devError({ name })}</strong>
        <span className="spacer" />
        <IconButton aria-label={texts.close} onClick={() => setFault(null)}>
          <Icon name="close" />
        </IconButton>
      </header>
      <pre tabIndex={0}>{fault.text}</pre>
    </section>
  );
}
