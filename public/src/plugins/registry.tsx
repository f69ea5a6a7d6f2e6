/**
 * What is installed here, and the components that it brings. Installing, enabling, disabling and
 * uninstalling are events: each makes the list be read again, and slots follow without a reload.
 */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ComponentType,
  type ReactNode,
} from 'react';
import { api, type ApiError } from '../api/client';
import { invalidate, invalidateSoon, readAgain, useQuery } from '../api/query';
import type { Installation, Items } from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { texts } from '../text';
import { forgetBundle, type PluginModule } from './bundle';
import {
  INSTALLATIONS,
  placesOf,
  slotOf,
  tabOf,
  withoutDoubles,
  type PluginTab,
  type RenderType,
  type SlotComponent,
  type SlotPlace,
} from './slots';

export interface BundleState {
  module: PluginModule | null;
  error: string | null;
}

interface Registry {
  installations: readonly Installation[];
  loading: boolean;
  error: ApiError | null;
  refresh: () => void;
  /** What the person may see of all slots. */
  places: readonly SlotPlace[];
  bundles: ReadonlyMap<string, BundleState>;
  setBundle: (url: string, state: BundleState | null) => void;
  /** Bundles that a place on the page needs: the loader fetches these. */
  wanted: ReadonlySet<string>;
  want: (urls: readonly string[]) => void;
  /** Plugins whose components are out of the page until something of them changes. */
  unloaded: ReadonlySet<string>;
  setUnloaded: (pluginKey: string | null) => void;
}

const Context = createContext<Registry | null>(null);
const NONE: readonly Installation[] = [];
/** What of the queries under "plugins/" changes with each. */
const LIFE_CYCLE: Record<string, string> = {
  PluginInstalled: INSTALLATIONS,
  PluginEnabled: INSTALLATIONS,
  PluginDisabled: INSTALLATIONS,
  PluginUninstalled: INSTALLATIONS,
  PluginConfigured: INSTALLATIONS,
  RolesChanged: INSTALLATIONS,
  PluginQuarantined: 'plugins/',
  PluginUpgraded: 'plugins/',
  PluginRolledBack: 'plugins/',
};
const TYPES = Object.keys(LIFE_CYCLE);

/** Somebody asked for the interfaces anew: of one plugin, or of all. The loader sees that they are missing. */
function useReloads(
  installations: readonly Installation[],
  setBundle: (url: string, state: BundleState | null) => void,
): void {
  useEvents(['PluginsReloaded'], ({ data }) => {
    for (const { pluginKey, ui } of installations) {
      if (!ui || (data.pluginKey && data.pluginKey !== pluginKey)) continue;
      forgetBundle(ui.bundleUrl);
      setBundle(ui.bundleUrl, null);
    }
  });
}

export function PluginRegistryProvider({ children }: { children: ReactNode }) {
  const me = useMe();
  const { data, error, loading, refresh } = useQuery<Items<Installation>>(INSTALLATIONS, (signal) =>
    api.get('/api/plugins/installations', { signal }),
  );
  const [bundles, setBundles] = useState<ReadonlyMap<string, BundleState>>(new Map());
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set());
  const [unloaded, setUnloadedKeys] = useState<ReadonlySet<string>>(new Set());
  const setBundle = useCallback((url: string, state: BundleState | null) => {
    setBundles((old) => {
      const next = new Map(old);
      if (state) next.set(url, state);
      else next.delete(url);
      return next;
    });
  }, []);
  const want = useCallback((urls: readonly string[]) => {
    setWanted((old) => (urls.every((u) => old.has(u)) ? old : new Set([...old, ...urls])));
  }, []);
  const setUnloaded = useCallback((pluginKey: string | null) => {
    setUnloadedKeys((old) => (pluginKey === null ? new Set() : new Set([...old, pluginKey])));
  }, []);
  useEvents(TYPES, ({ type }) => {
    setUnloaded(null);
    invalidateSoon(LIFE_CYCLE[type] ?? 'plugins/');
    invalidateSoon('custom-fields'); // which come and go with plugins
  });
  useResync(() => invalidate('plugins/'));
  useReloads(data?.items ?? NONE, setBundle);

  const installations = data?.items ?? NONE;
  const places = useMemo(
    () =>
      placesOf(installations).filter(
        (p) => !unloaded.has(p.pluginKey) && (!p.permission || may(me, p.permission)),
      ),
    [installations, unloaded, me],
  );
  const value = useMemo<Registry>(
    () => ({
      installations,
      loading: loading && !data,
      error,
      refresh,
      places,
      bundles,
      setBundle,
      wanted,
      want,
      unloaded,
      setUnloaded,
    }),
    [
      installations,
      data,
      loading,
      error,
      refresh,
      places,
      bundles,
      setBundle,
      wanted,
      want,
      unloaded,
      setUnloaded,
    ],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePluginRegistry(): Registry {
  const registry = useContext(Context);
  if (!registry) throw new Error('usePluginRegistry() outside of PluginRegistryProvider');
  return registry;
}

/** Reads the list again, and answers when it is here. */
export const refreshInstallations = () => readAgain({ queryKey: [INSTALLATIONS] });

export function useIsPluginInstalled(pluginKey: string): {
  isInstalled: boolean;
  loading: boolean;
  installationId: string | null;
} {
  const { installations, loading } = usePluginRegistry();
  const found = installations.find((i) => i.pluginKey === pluginKey && i.state === 'enabled');
  return { isInstalled: Boolean(found), loading, installationId: found?.id ?? null };
}

function componentOf(state: BundleState | undefined, name: string) {
  if (state?.error) return { Component: null, error: state.error };
  if (!state?.module) return { Component: null, error: null };
  const found = state.module[name];
  // memo() and forwardRef() make objects, not functions.
  const usable = typeof found === 'function' || (typeof found === 'object' && found !== null);
  return usable
    ? { Component: found as ComponentType<Record<string, unknown>>, error: null }
    : { Component: null, error: texts.plugins.noComponent({ name }) };
}

export const withBundle = (place: SlotPlace, registry: Registry): SlotComponent => ({
  ...place,
  ...componentOf(registry.bundles.get(place.bundleUrl), place.componentName),
  light: registry.bundles.get(place.bundleUrl)?.module?.colorScheme === 'light',
  retry: () => registry.setBundle(place.bundleUrl, null),
});

export interface SlotFilter {
  renderType?: RenderType | undefined;
  pluginKey?: string | undefined;
  activeTab?: string | undefined;
  /** The id of one place. */
  place?: string | undefined;
}

const passes = (p: SlotPlace, { renderType, pluginKey, activeTab, place }: SlotFilter): boolean =>
  (!renderType || p.renderType === renderType) &&
  (!pluginKey || p.pluginKey === pluginKey) &&
  (!place || p.id === place) &&
  (activeTab === undefined || p.renderType !== 'tab' || [p.id, p.value].includes(activeTab));

/** What enabled plugins put into a slot and the person may see. Its bundles are loaded. */
export function useSlot(name: string, filter: SlotFilter = {}): SlotComponent[] {
  const registry = usePluginRegistry();
  const { want } = registry;
  const { renderType, pluginKey, activeTab, place } = filter;
  const slotId = slotOf(name);
  const found = useMemo(
    () =>
      withoutDoubles(
        registry.places.filter(
          (p) => p.slotId === slotId && passes(p, { renderType, pluginKey, activeTab, place }),
        ),
      ).map((p) => withBundle(p, registry)),
    [registry, slotId, renderType, pluginKey, activeTab, place],
  );
  const urls = [...new Set(found.map((p) => p.bundleUrl))].join(' ');
  useEffect(() => {
    if (urls) want(urls.split(' '));
  }, [urls, want]);
  return found;
}

/** Which tabs there are; no bundle is needed for that. */
export const tabsIn = (places: readonly SlotPlace[], name: string): PluginTab[] =>
  withoutDoubles(places.filter((p) => p.slotId === slotOf(name) && p.renderType === 'tab')).map(
    tabOf,
  );

export function usePluginTabs(name: string): PluginTab[] {
  const { places } = usePluginRegistry();
  return useMemo(() => tabsIn(places, name), [places, name]);
}
