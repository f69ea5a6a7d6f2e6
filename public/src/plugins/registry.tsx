/**
 * What is installed here, and the components that it brings. Installing, enabling, disabling and
 * uninstalling are events: each makes the list be read again, and slots follow without a reload.
 */
import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useState,
  type ComponentType,
  type ReactNode,
} from 'react';
import { api, type ApiError } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Installation, Items } from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { T } from '../text';
import type { PluginModule } from './bundle';
import type { RenderType, SlotComponent, SlotId } from './slots';

export interface BundleState {
  module: PluginModule | null;
  error: string | null;
}

interface Registry {
  installations: readonly Installation[];
  loading: boolean;
  error: ApiError | null;
  refresh: () => void;
  bundles: ReadonlyMap<string, BundleState>;
  setBundle: (url: string, state: BundleState | null) => void;
}

const Context = createContext<Registry | null>(null);
const NONE: readonly Installation[] = [];

const LIFE_CYCLE = [
  'PluginInstalled',
  'PluginEnabled',
  'PluginDisabled',
  'PluginUninstalled',
  'PluginQuarantined',
  'PluginUpgraded',
  'PluginRolledBack',
  'PluginConfigured',
  'RolesChanged',
] as const;

export function PluginRegistryProvider({ children }: { children: ReactNode }) {
  const { data, error, loading, refresh } = useQuery<Items<Installation>>(
    'plugins/installations',
    (signal) => api.get('/api/plugins/installations', { signal }),
  );
  const [bundles, setBundles] = useState<ReadonlyMap<string, BundleState>>(new Map());
  const setBundle = useCallback((url: string, state: BundleState | null) => {
    setBundles((old) => {
      const next = new Map(old);
      if (state) next.set(url, state);
      else next.delete(url);
      return next;
    });
  }, []);
  useEvents(LIFE_CYCLE, () => invalidate('plugins/'));
  useResync(() => invalidate('plugins/'));

  const value = useMemo<Registry>(
    () => ({
      installations: data?.items ?? NONE,
      loading: loading && !data,
      error,
      refresh,
      bundles,
      setBundle,
    }),
    [data, loading, error, refresh, bundles, setBundle],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePluginRegistry(): Registry {
  const registry = useContext(Context);
  if (!registry) throw new Error('usePluginRegistry() outside of PluginRegistryProvider');
  return registry;
}

export function useIsPluginInstalled(pluginKey: string): {
  isInstalled: boolean;
  loading: boolean;
} {
  const { installations, loading } = usePluginRegistry();
  const found = installations.find((i) => i.pluginKey === pluginKey);
  return { isInstalled: found?.state === 'enabled', loading };
}

function componentOf(state: BundleState | undefined, name: string) {
  if (state?.error) return { Component: null, error: state.error };
  if (!state?.module) return { Component: null, error: null };
  const found = state.module[name];
  // memo() and forwardRef() make objects, not functions.
  const usable = typeof found === 'function' || (typeof found === 'object' && found !== null);
  return usable
    ? { Component: found as ComponentType<Record<string, unknown>>, error: null }
    : { Component: null, error: T.plugins.noComponent({ name }) };
}

/** Everything that enabled plugins put into a slot and the person may see, in the order of names. */
export function useSlot(slotId: SlotId, renderType?: RenderType): SlotComponent[] {
  const { installations, bundles, setBundle } = usePluginRegistry();
  const me = useMe();
  return useMemo(() => {
    const found: SlotComponent[] = [];
    for (const plugin of installations) {
      const { ui } = plugin;
      if (plugin.state !== 'enabled' || !ui) continue;
      for (const slot of ui.slots) {
        if (slot.slotId !== slotId || (renderType && slot.renderType !== renderType)) continue;
        if (slot.permission && !may(me, slot.permission)) continue;
        found.push({
          id: `${plugin.pluginKey}:${String(slot.props?.id ?? slot.componentName)}`,
          pluginKey: plugin.pluginKey,
          pluginName: plugin.displayName,
          slotId: slot.slotId,
          renderType: slot.renderType,
          componentName: slot.componentName,
          props: slot.props ?? {},
          ...componentOf(bundles.get(ui.bundleUrl), slot.componentName),
          retry: () => setBundle(ui.bundleUrl, null),
        });
      }
    }
    return found.sort((a, b) => a.pluginName.localeCompare(b.pluginName));
  }, [installations, bundles, setBundle, me, slotId, renderType]);
}
