/**
 * The marketplace as one list: entries of the catalogue file, packages that were uploaded here, and
 * what of them is installed. Filtering happens here: it is instant, and works while offline.
 */
import type { Installation, PluginPackage } from '../api/types';
import { compareNames } from '../text';
import { pluginTexts } from '../text/plugins';
import { nameIn } from '../ui/names';
import type { Category, MarketEntry } from './types';

export interface Offer extends MarketEntry {
  installation: Installation | null;
  /** The newest approved package of it on this server, or the newest one. */
  pack: PluginPackage | null;
  packs: readonly PluginPackage[];
  /** Not approved yet: only a system admin can go on. */
  waiting: boolean;
}

const textOf = (pack: PluginPackage, name: string): string | null => {
  const value = pack.manifest?.[name];
  return typeof value === 'string' && value ? value : null;
};

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];

/** A package that no catalogue file names, as an entry of one. */
function entryOf(pack: PluginPackage): MarketEntry {
  const icon = textOf(pack, 'icon');
  return {
    key: pack.key,
    displayName: pack.displayName,
    description: pack.description,
    version: pack.version,
    author: textOf(pack, 'author'),
    category: textOf(pack, 'category'),
    iconUrl: icon && `/plugin-assets/${pack.sha256}/${icon}`,
    tags: listOf(pack.manifest?.tags),
    keywords: listOf(pack.manifest?.keywords),
    permissions: pack.permissions,
    requiresConfiguration: pack.manifest?.requiresConfiguration === true,
    compatible: pack.compatible ?? null,
    size: pack.size,
  };
}

/** Semver precedence; what can't be read comes first. */
export function compareVersions(a: string, b: string): number {
  const split = (v: string) => {
    const [core = '', pre = ''] = v.replace(/\+.*$/, '').split(/-(.*)/s);
    return { core: core.split('.').map(Number), pre: pre ? pre.split('.') : [] };
  };
  const [x, y] = [split(a), split(b)];
  for (let i = 0; i < 3; i++) {
    const d = (x.core[i] || 0) - (y.core[i] || 0);
    if (d) return d;
  }
  if (!x.pre.length || !y.pre.length) return y.pre.length - x.pre.length;
  for (let i = 0; i < Math.max(x.pre.length, y.pre.length); i++) {
    const [p, q] = [x.pre[i], y.pre[i]];
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1;
    if (p === q) continue;
    const [m, n] = [/^\d+$/.test(p), /^\d+$/.test(q)];
    if (m && n) return Number(p) - Number(q);
    if (m !== n) return m ? -1 : 1;
    return p < q ? -1 : 1;
  }
  return 0;
}

/** The package that an Install button means: the newest approved one, else the newest. */
export function bestPackage(packs: readonly PluginPackage[]): PluginPackage | null {
  const newest = [...packs].sort((a, b) => compareVersions(b.version, a.version));
  return newest.find((p) => p.approved !== false) ?? newest[0] ?? null;
}

export function offersOf(
  entries: readonly MarketEntry[],
  packs: readonly PluginPackage[],
  installations: readonly Installation[],
): Offer[] {
  const byKey = new Map<string, PluginPackage[]>();
  for (const p of packs) byKey.set(p.key, [...(byKey.get(p.key) ?? []), p]);
  const offer = (entry: MarketEntry): Offer => {
    const packs = byKey.get(entry.key) ?? [];
    const pack = bestPackage(packs);
    const fetched = pack !== null && compareVersions(pack.version, entry.version) >= 0;
    return {
      ...entry,
      installation: installations.find((i) => i.pluginKey === entry.key) ?? null,
      pack,
      packs,
      waiting: fetched && pack.approved === false,
    };
  };
  const offered = entries.map(offer);
  const known = new Set(entries.map((e) => e.key));
  for (const [key, list] of byKey)
    if (!known.has(key)) offered.push(offer(entryOf(bestPackage(list)!)));
  return offered;
}

export interface OfferQuery {
  text: string;
  category: string;
  sort: string;
}

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** How well words fit: a name counts more than a description; 0 is not at all. */
function rank(offer: MarketEntry, words: readonly string[]): number {
  const fields: [string, number][] = [
    [`${offer.displayName} ${offer.key}`, 4],
    [[...(offer.tags ?? []), ...(offer.keywords ?? [])].join(' '), 2],
    [`${offer.author ?? ''} ${offer.category ? categoryName(offer.category) : ''}`, 2],
    [`${offer.description} ${offer.longDescription ?? ''}`, 1],
  ];
  let sum = 0;
  for (const word of words) {
    const best = Math.max(
      ...fields.map(([text, weight]) => (plain(text).includes(word) ? weight : 0)),
    );
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

const byName = (a: MarketEntry, b: MarketEntry) => compareNames(a.displayName, b.displayName);

export function search<O extends MarketEntry>(offers: readonly O[], query: OfferQuery): O[] {
  const words = plain(query.text).split(/\s+/).filter(Boolean);
  const ranks = new Map<O, number>();
  for (const o of offers) {
    if (query.category && o.category !== query.category) continue;
    const fit = words.length ? rank(o, words) : 1;
    if (fit > 0) ranks.set(o, fit);
  }
  const found = [...ranks.keys()];
  if (query.sort === 'name') return found.sort(byName);
  if (query.sort === 'author')
    return found.sort((a, b) => compareNames(a.author ?? '', b.author ?? '') || byName(a, b));
  return found.sort(
    (a, b) =>
      ranks.get(b)! - ranks.get(a)! ||
      Number(b.isOfficial ?? false) - Number(a.isOfficial ?? false) ||
      byName(a, b),
  );
}

/** Known categories have a name in each language, others the one that the catalogue gives. */
export const categoryName = (id: string, given?: string): string =>
  nameIn(
    pluginTexts.categories,
    id,
    given ?? id.charAt(0).toUpperCase() + id.slice(1).replace(/[-_]/g, ' '),
  );

/** Categories that have something in them. */
export function categoriesOf(
  offers: readonly MarketEntry[],
  named: readonly Category[],
): { id: string; name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { category } of offers)
    if (category) counts.set(category, (counts.get(category) ?? 0) + 1);
  const names = new Map(named.map((c) => [c.id, c.name]));
  return [...counts]
    .map(([id, count]) => ({ id, count, name: categoryName(id, names.get(id)) }))
    .sort((a, b) => compareNames(a.name, b.name));
}

/** The version to move to: one of this server, or one that the marketplace has and that would be fetched. */
export function newerVersion(
  plugin: Installation,
  entries: readonly MarketEntry[] | undefined,
): string | null {
  const entry = entries?.find((e) => e.key === plugin.pluginKey);
  const offered = entry?.updateAvailable && entry.compatible?.ok !== false ? entry.version : null;
  const here = plugin.availableVersion ?? null;
  if (!offered || !here) return offered ?? here;
  return compareVersions(offered, here) > 0 ? offered : here;
}

/** What somebody should look at. */
export const needsAttention = (i: Installation): boolean =>
  i.quarantined ||
  i.trust?.allowed === false ||
  (i.requiresConfiguration === true && i.configured === false);
