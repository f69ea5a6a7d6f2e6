/** API tokens as the server shows them, and what can be chosen for one. */
import type { CompanyToken, Token } from '../api/resources';
import { roleTexts } from '../text/roles';
import { tokenTexts } from '../text/tokens';
import { nameIn } from '../ui/names';

export const OWN = '/api/tokens';
export const ALL = '/api/company/tokens';
/** Of the queries that read them: a change of one's own is one of the company's. */
export const OWN_KEY = 'tokens';
export const ALL_KEY = 'company-tokens';

/** One's own, or any of the company. */
export type AnyToken = Token & Partial<CompanyToken>;

export interface Made {
  id: string;
  preview: string;
  token: string;
}

export interface Scope {
  name: string;
  label: string;
  source: string;
  sourceName: string;
  enabled: boolean;
}

export interface ScopeGroup {
  source: string;
  title: string;
  enabled: boolean;
  scopes: { name: string; label: string }[];
}

/** The core's have names in each language; a plugin's are its own words. */
const labelOf = (s: Scope): string =>
  s.source === 'core'
    ? nameIn(tokenTexts.labels, s.name, nameIn(roleTexts.permissions, s.name, s.label))
    : s.label;

/** What matches, by where it comes from. */
export function scopeGroups(scopes: readonly Scope[], q = ''): ScopeGroup[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, ScopeGroup>();
  for (const s of scopes) {
    const label = labelOf(s);
    const text = `${label} ${s.name} ${s.sourceName}`.toLowerCase();
    if (!words.every((w) => text.includes(w))) continue;
    const group = groups.get(s.source) ?? {
      source: s.source,
      title: s.sourceName,
      enabled: s.enabled,
      scopes: [],
    };
    group.scopes.push({ name: s.name, label });
    groups.set(s.source, group);
  }
  return [...groups.values()];
}

export const exampleOf = (origin: string, token: string): string =>
  `curl -H "Authorization: Bearer ${token}" ${origin}/api/me`;
