import { OWN, withoutImplied } from '../auth/permissions';
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

/** How far a permission about tickets reaches. */
export const SCOPES = ['none', 'own', 'all'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Cell {
  role: string;
  granted: boolean;
  fixed: boolean;
  /** Where there is "<name>:own" beside the permission: both are one cell. */
  scope?: Scope;
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
export type Pending = ReadonlyMap<string, boolean | Scope>;

const WRITE = 'tickets:write';
const holds = (role: Role | undefined, name: string) =>
  Boolean(role?.permissions.some((p) => p.name === name && p.granted));

/** What is given and taken to reach that far. Nobody changes what they don't see, so "write" is narrowed with "read". */
export function namesFor(
  role: Role | undefined,
  name: string,
  to: boolean | Scope,
): { grant?: string[]; revoke?: string[] } {
  if (to === 'none') return { revoke: [name + OWN] };
  if (to !== 'own') return to ? { grant: [name] } : { revoke: [name] };
  const narrowed = name !== WRITE && holds(role, name) && holds(role, WRITE);
  return {
    grant: [name + OWN, ...(narrowed ? [WRITE + OWN] : [])],
    ...(holds(role, name) ? { revoke: [name] } : {}),
  };
}

function scopeOf(role: Role, name: string): Scope | undefined {
  if (!role.permissions.some((p) => p.name === name + OWN)) return undefined;
  return holds(role, name) ? 'all' : holds(role, name + OWN) ? 'own' : 'none';
}
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
  const all = roles[0]?.permissions ?? [];
  for (const p of withoutImplied(all)) {
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
      const to = pending.get(changeKey(role.role, p.name));
      const scope = typeof to === 'string' ? to : scopeOf(role, p.name);
      const granted = scope ? scope !== 'none' : Boolean(to ?? own.granted);
      cells.push({ role: role.role, granted, fixed: own.fixed, ...(scope ? { scope } : {}) });
    }
    group.rows.push({ name: p.name, label: labelOf(p), description: p.description, cells });
  }
  const list = [...groups.values()];
  return [...list.filter((g) => g.source !== 'core'), ...list.filter((g) => g.source === 'core')];
}
