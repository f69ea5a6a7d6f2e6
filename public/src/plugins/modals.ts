/** Which modals of plugins are open. A page that draws a slot in several parts shares one of these among them. */
import { useCallback, useMemo, useState } from 'react';
import type { SlotPlace } from './slots';

export interface PluginModals {
  isOpen: (modal: SlotPlace) => boolean;
  /** `name` is the modal's component or its trigger. */
  open: (pluginKey: string, name: string) => void;
  close: (modal: SlotPlace) => void;
}

const keysOf = ({ pluginKey, componentName, trigger }: SlotPlace): string[] =>
  [componentName, trigger].map((name) => `${pluginKey} ${name}`);

export function usePluginModals(): PluginModals {
  const [names, setNames] = useState<ReadonlySet<string>>(new Set());
  const open = useCallback(
    (pluginKey: string, name: string) =>
      setNames((old) => new Set([...old, `${pluginKey} ${name}`])),
    [],
  );
  const close = useCallback((modal: SlotPlace) => {
    const mine = keysOf(modal);
    setNames((old) => new Set([...old].filter((key) => !mine.includes(key))));
  }, []);
  return useMemo(
    () => ({ isOpen: (modal) => keysOf(modal).some((key) => names.has(key)), open, close }),
    [names, open, close],
  );
}
