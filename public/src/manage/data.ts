/** Everything that is known of one plugin here, from the four places that know something. */
import type { Installation, PluginPackage } from '../api/types';
import { usePluginRegistry } from '../plugins/registry';
import { useCatalog, useCategories, useMarket, useMarketEntry, useVersions } from '../market/calls';
import { bestPackage, categoryName, compareVersions, offersOf } from '../market/find';
import type { Feature, MarketEntry } from '../market/types';
import type { Screenshot } from './screenshots';

export interface Subject {
  key: string;
  name: string;
  entry: MarketEntry | null;
  installation: Installation | null;
  /** All packages of it on this server, newest first. */
  versions: readonly PluginPackage[];
  /** The package that runs, or the one that would be installed. */
  pack: PluginPackage | null;
  icon: string | null;
  /** By its name, not its id. */
  category: string | null;
}

export function useSubject(key: string) {
  const registry = usePluginRegistry();
  const market = useMarket();
  const catalog = useCatalog();
  // A plugin without any package here has no list of versions to ask for.
  const here = catalog.data?.items.some((p) => p.key === key) ?? false;
  const categories = useCategories();
  const versions = useVersions(here ? key : null);
  const installation = registry.installations.find((i) => i.pluginKey === key) ?? null;
  const packs = (versions.data?.items ?? catalog.data?.items.filter((p) => p.key === key) ?? [])
    .slice()
    .sort((a, b) => compareVersions(b.version, a.version));
  const offer = offersOf(market.data?.items ?? [], packs, registry.installations).find(
    (o) => o.key === key,
  );
  const pack = packs.find((p) => p.version === installation?.version) ?? bestPackage(packs) ?? null;
  const id = text(pack?.manifest?.category) ?? offer?.category ?? null;
  const category = id && categoryName(id, categories.data?.items.find((c) => c.id === id)?.name);
  const subject: Subject | null =
    installation || offer
      ? {
          key,
          name: installation?.displayName ?? offer?.displayName ?? key,
          entry: offer ?? null,
          installation,
          versions: packs,
          pack,
          icon: installation?.icon ?? offer?.iconUrl ?? null,
          category,
        }
      : null;
  const settled = (q: { data: unknown; error: unknown }) => Boolean(q.data || q.error);
  return {
    subject,
    loading:
      registry.loading ||
      (!subject && !(settled(market) && settled(catalog))) ||
      !settled(versions),
    error: subject ? null : (registry.error ?? catalog.error ?? null),
    retry: () => {
      registry.refresh();
      market.refresh();
      catalog.refresh();
      versions.refresh();
    },
  };
}

type Json = Record<string, unknown>;
const isObject = (v: unknown): v is Json =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
const objects = (v: unknown): Json[] => (Array.isArray(v) ? v.filter(isObject) : []);
export const text = (v: unknown): string | null => (typeof v === 'string' && v ? v : null);

const manifestOf = (s: Subject): Json => s.pack?.manifest ?? {};

export const field = (s: Subject, name: string): string | null =>
  text(manifestOf(s)[name]) ?? text((s.entry as unknown as Json | null)?.[name]);

export function features(s: Subject): Feature[] {
  const found = objects(manifestOf(s).features);
  const list = found.length ? (found as unknown as Feature[]) : (s.entry?.features ?? []);
  return [...list].sort((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0));
}

/** Addresses that lead out: those of the manifest that are of the web. */
const LINKS = ['homepage', 'documentationUrl', 'supportUrl'] as const;

export function links(s: Subject): { name: (typeof LINKS)[number]; href: string }[] {
  return LINKS.flatMap((name) => {
    const href = field(s, name);
    return href && /^https?:\/\//i.test(href) ? [{ name, href }] : [];
  });
}

/** What only the marketplace knows, as long as no package of the plugin is here. */
export const useMarketDetails = (s: Subject | null) =>
  useMarketEntry(s && s.entry && s.versions.length === 0 ? s.key : null);

export const hasFile = (pack: PluginPackage | null | undefined, path: string): boolean =>
  pack?.files.some((f) => f.path === path) ?? false;

/** Of the package: the files that its manifest names. */
export function screenshots(s: Subject): Screenshot[] {
  const { pack } = s;
  if (!pack) return [];
  const at = `/api/plugins/catalog/${s.key}/${encodeURIComponent(pack.version)}/screenshots`;
  return objects(manifestOf(s).screenshots).map((shot, i) => ({
    url: `${at}/${i}?v=${pack.sha256.slice(0, 12)}`,
    caption: text(shot.caption) ?? '',
  }));
}

export interface Declared {
  tabs: { id: string; label: string; permission: string | null }[];
  reports: { id: string; title: string; permission: string | null }[];
  pages: { path: string; title: string; permission: string | null }[];
  widgets: { title: string; permission: string | null }[];
  slots: { slotId: string; componentName: string; permission: string | null }[];
  /** What it names and nothing serves. */
  unserved: readonly string[];
}

export function declared(s: Subject): Declared {
  const m = manifestOf(s);
  const ui = isObject(m.ui) ? m.ui : {};
  return {
    tabs: objects(m.ticketTabs).map((t) => ({
      id: text(t.id) ?? '?',
      label: text(t.label) ?? text(t.id) ?? '?',
      permission: text(t.permission),
    })),
    reports: objects(m.reportComponents).map((r) => ({
      id: text(r.id) ?? '?',
      title: text(r.title) ?? text(r.id) ?? '?',
      permission: text(r.permission),
    })),
    pages: objects(m.pages).map((p) => ({
      path: text(p.path) ?? '/',
      title: text(p.title) ?? '?',
      permission: text(p.permission),
    })),
    widgets: objects(m.widgets).map((w) => ({
      title: text(w.title) ?? '?',
      permission: text(w.permission),
    })),
    slots: objects(ui.slots).map((x) => ({
      slotId: text(x.slotId) ?? '?',
      componentName: text(x.componentName) ?? '?',
      permission: text(x.permission),
    })),
    unserved: s.pack?.unserved ?? [],
  };
}

/** What one version asks for beyond another, and what it no longer asks for. */
export function changesBetween(older: PluginPackage | null, newer: PluginPackage) {
  const before = new Set(older?.permissions ?? []);
  const after = new Set(newer.permissions);
  const migrations = (p: PluginPackage | null) =>
    new Set((p?.files ?? []).map((f) => f.path).filter((f) => f.startsWith('migrations/')));
  const old = migrations(older);
  return {
    gained: [...after].filter((p) => !before.has(p)),
    dropped: [...before].filter((p) => !after.has(p)),
    migrations: [...migrations(newer)].filter((m) => !old.has(m)),
    size: newer.size - (older?.size ?? newer.size),
  };
}
