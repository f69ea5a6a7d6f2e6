/** What components of a plugin hear: events of the core and the plugin's own, none of another's. */
import { createContext, useContext } from 'react';
import { isOfPlugin, type MtEvent } from '../events/client';
import { useEvents } from '../events/live';

/** The key of the plugin whose component this is. */
export const OwnPlugin = createContext<string | null>(null);

export function usePluginEvents(
  types: string | readonly string[],
  handler: (event: MtEvent) => void,
): void {
  const key = useContext(OwnPlugin);
  useEvents(types, (event) => {
    if (!isOfPlugin(event.type) || (key && event.type.startsWith(`${key}.`))) handler(event);
  });
}
