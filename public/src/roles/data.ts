import type { Role } from '../api/resources';
import { roleTexts } from '../text/roles';
import { nameIn } from '../ui/names';

/** Roles and their permissions as GET /api/roles answers them, and the same by rows of the matrix. */
export type { Role };
export type RolePermission = Role['permissions'][number];

/** Of the query that reads them. */
export const KEY = 'roles';

export interface Roles {
  items: Role[];
}

export interface Cell {
  role: string;
  granted: boolean;
  fixed: boolean;
}

export interface Row {
  name: string;
  label: string;
  description: string | null;
  cells: Cell[];
}

export interface Group {
  source: string;
  title: string;
  enabled: boolean;
  rows: Row[];
}

/** A change that is on its way: what the switch shows meanwhile. */
export type Pending = ReadonlyMap<string, boolean>;
export const changeKey = (role: string, permission: string) => `${role} ${permission}`;

/** The core's permissions have names in each language; a plugin's are its own words. */
const labelOf = (p: RolePermission): string =>
  p.source === 'core' ? nameIn(roleTexts.permissions, p.name, p.label) : p.label;

function matches(p: RolePermission, q: string): boolean {
  const words = `${labelOf(p)} ${p.name} ${p.description ?? ''} ${p.sourceName}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((w) => words.includes(w));
}

/** What can be changed comes first: plugins in the order of the answer, then the core's. */
export function groupsOf(roles: readonly Role[], pending: Pending, q = ''): Group[] {
  const groups = new Map<string, Group>();
  for (const p of roles[0]?.permissions ?? []) {
    if (q && !matches(p, q)) continue;
    let group = groups.get(p.source);
    if (!group) {
      group = { source: p.source, title: p.sourceName, enabled: p.enabled, rows: [] };
      groups.set(p.source, group);
    }
    const cells: Cell[] = [];
    for (const role of roles) {
      const own = role.permissions.find((x) => x.name === p.name);
      if (!own) continue;
      const granted = pending.get(changeKey(role.role, p.name)) ?? own.granted;
      cells.push({ role: role.role, granted, fixed: own.fixed });
    }
    group.rows.push({ name: p.name, label: labelOf(p), description: p.description, cells });
  }
  const all = [...groups.values()];
  return [...all.filter((g) => g.source !== 'core'), ...all.filter((g) => g.source === 'core')];
}
