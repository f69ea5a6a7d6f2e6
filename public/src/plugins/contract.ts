/**
 * What components of plugins find in `Mortise` beside the functions of globals.ts: the registry under the names that
 * plugins of this kind know. It comes with the libraries of the first bundle.
 */
import { useCallback, useMemo, useState } from 'react';
import { SLOT_RENDER_TYPES, type SlotId } from '../../sdk/src/slots';
import { api } from '../api/client';
import { upload } from '../api/send';
import { useQuery } from '../api/query';
import type { Installation, Items } from '../api/types';
import { apiServices } from './api-services';
import { PluginLink, usePluginPath } from './own-place';
import { loadBundle } from './bundle';
import {
  refreshInstallations,
  tabsIn,
  useIsPluginInstalled,
  usePluginRegistry,
  withBundle,
} from './registry';
import { PluginSlot } from './slot';
import { slotOf, withoutDoubles, type SlotComponent } from './slots';

const LIFE_CYCLE_MS = 120_000;
const part = encodeURIComponent;

/** "ticket.tabs" is TICKET_TABS. */
const PLUGIN_SLOTS = Object.fromEntries(
  Object.keys(SLOT_RENDER_TYPES).map((id) => [
    id
      .replace(/^page\./, '')
      .replace(/\W/g, '_')
      .toUpperCase(),
    id as SlotId,
  ]),
);

/** The registry as a plugin sees it. What says which components there are has those whose bundle is loaded. */
function usePluginContract() {
  const registry = usePluginRegistry();
  const { installations, places, loading, want, setUnloaded, setBundle } = registry;
  return useMemo(() => {
    const loaded = new Map<string, SlotComponent[]>();
    for (const place of withoutDoubles(places)) {
      const component = withBundle(place, registry);
      if (!component.Component) continue;
      loaded.set(place.slotId, [...(loaded.get(place.slotId) ?? []), component]);
    }
    return {
      installedPlugins: installations.filter((i) => i.status === 'installed'),
      isLoading: loading,
      loadedComponents: loaded,
      getComponentsForSlot(name: string): SlotComponent[] {
        const urls = places.filter((p) => p.slotId === slotOf(name)).map((p) => p.bundleUrl);
        // It may be called while rendering.
        if (urls.length > 0) queueMicrotask(() => want(urls));
        return loaded.get(slotOf(name)) ?? [];
      },
      getPluginTabs: (name: string) => tabsIn(places, name),
      async loadPluginUI(pluginKey: string): Promise<void> {
        const ui = installations.find(
          (i) => i.pluginKey === pluginKey && i.state === 'enabled',
        )?.ui;
        if (!ui) throw new Error(`${pluginKey} is not enabled here, or has no components`);
        const module = await loadBundle(ui);
        setBundle(ui.bundleUrl, { module, error: null });
      },
      unloadPlugin: (pluginKey: string) => setUnloaded(pluginKey),
      async refreshPlugins(): Promise<void> {
        setUnloaded(null);
        await refreshInstallations();
      },
      isPluginInstalled: (pluginKey: string) =>
        installations.some((i) => i.pluginKey === pluginKey && i.state === 'enabled'),
    };
  }, [registry, installations, places, loading, want, setUnloaded, setBundle]);
}

interface MarketEntry {
  key: string;
  category?: string;
  [name: string]: unknown;
}

/** The marketplace, with what is installed; for people who may manage plugins. */
function usePlugins(category?: string) {
  const { installations } = usePluginRegistry();
  const { data, error, loading, refresh } = useQuery<Items<MarketEntry>>(
    'plugins//api/plugins/marketplace',
    (signal) => api.get('/api/plugins/marketplace', { signal }),
  );
  const plugins = useMemo(
    () =>
      (data?.items ?? [])
        .filter((p) => !category || p.category === category)
        .map((p) => {
          const here = installations.find((i) => i.pluginKey === p.key);
          return here ? { ...p, installationId: here.id, installationStatus: here.status } : p;
        }),
    [data, installations, category],
  );
  return { plugins, loading: loading && !data, error: error?.message ?? null, refetch: refresh };
}

/** Which of some things are under way. */
function useBusy() {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const during = useCallback(async <R>(what: string, act: () => Promise<R>): Promise<R> => {
    setBusy((old) => new Set([...old, what]));
    try {
      return await act();
    } finally {
      setBusy((old) => new Set([...old].filter((w) => w !== what)));
      await refreshInstallations();
    }
  }, []);
  return { busy, during };
}

/** Installing needs the permissions that are consented to, as the server wants them. */
function usePluginInstallation() {
  const installing = useBusy();
  const uninstalling = useBusy();
  return {
    install: (pluginKey: string, permissions?: readonly string[]) =>
      installing.during(pluginKey, () =>
        api.post<Installation>(
          '/api/plugins/install',
          { pluginKey, ...(permissions && { permissions }) },
          { deadline: LIFE_CYCLE_MS },
        ),
      ),
    uninstall: (id: string) =>
      uninstalling.during(id, () =>
        api.del(`/api/plugins/installations/${part(id)}`, { deadline: LIFE_CYCLE_MS }),
      ),
    isInstalling: (pluginKey: string) => installing.busy.has(pluginKey),
    isUninstalling: (id: string) => uninstalling.busy.has(id),
  };
}

export const contract = {
  apiServices,
  upload: async <T>(
    path: string,
    files: Record<string, File>,
    options: { onShare?: (share: number) => void; signal?: AbortSignal } = {},
  ): Promise<T> => (await upload<T>(path, files, { onLine: () => {}, ...options })).data,
  PLUGIN_SLOTS,
  PluginSlot,
  PluginLink,
  usePluginPath,
  useIsPluginInstalled,
  usePluginInstallation,
  usePluginRegistry: usePluginContract,
  usePlugins,
};
