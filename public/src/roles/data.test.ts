import { describe, expect, it } from 'vitest';
import { withoutImplied } from '../auth/permissions';
import { changeKey, groupsOf, namesFor, type Role } from './data';

const permission = (name: string, source: string, granted: boolean, enabled = true) => ({
  name,
  label: name,
  description: null,
  source,
  sourceName: source === 'core' ? 'Mortise' : 'Time Clock',
  enabled,
  granted,
  fixed: source === 'core',
});
const ROLES: Role[] = (['Technician', 'Admin'] as const).map((role) => ({
  role,
  label: role,
  description: null,
  builtIn: true,
  secondFactor: false,
  position: 1,
  version: null,
  permissions: [
    permission('tickets:read', 'core', true),
    permission('time-clock:clock', 'time-clock', role === 'Admin', false),
  ],
}));

it('puts permissions into groups, what can be changed first, with a cell for each role', () => {
  const groups = groupsOf(ROLES, new Map());
  expect(groups.map((g) => [g.source, g.title, g.enabled])).toEqual([
    ['time-clock', 'Time Clock', false],
    ['core', 'Mortise', true],
  ]);
  expect(groups[0]!.rows[0]!.cells).toEqual([
    { role: 'Technician', granted: false, fixed: false },
    { role: 'Admin', granted: true, fixed: false },
  ]);
});

it('shows a change that is on its way', () => {
  const pending = new Map([[changeKey('Technician', 'time-clock:clock'), true]]);
  const cells = groupsOf(ROLES, pending)[0]!.rows[0]!.cells;
  expect(cells.map((c) => c.granted)).toEqual([true, true]);
});

it('finds by name, words and plugin, and leaves empty groups away', () => {
  expect(groupsOf(ROLES, new Map(), 'clock time')).toHaveLength(1);
  expect(groupsOf(ROLES, new Map(), 'nothing like that')).toEqual([]);
  expect(groupsOf([], new Map())).toEqual([]);
});

describe('own tickets only', () => {
  const field = (...held: string[]): Role => ({
    ...ROLES[0]!,
    role: 'r0123456789ab',
    permissions: [
      'tickets:read',
      'tickets:read:own',
      'tickets:write',
      'tickets:write:own',
      'users:read',
    ].map((name) => ({ ...permission(name, 'core', held.includes(name)), fixed: false })),
  });
  const OWN = ['tickets:read:own', 'tickets:write:own'];
  const ALL = [...OWN, 'tickets:read', 'tickets:write'];

  it('is one cell with the permission for all', () => {
    const rows = (role: Role) => groupsOf([role], new Map())[0]!.rows;
    expect(rows(field()).map((r) => [r.name, r.cells[0]!.scope])).toEqual([
      ['tickets:read', 'none'],
      ['tickets:write', 'none'],
      ['users:read', undefined],
    ]);
    expect(rows(field(...OWN))[0]!.cells[0]).toMatchObject({ scope: 'own', granted: true });
    expect(rows(field(...ALL))[1]!.cells[0]!.scope).toBe('all');
    const pending = new Map([[changeKey('r0123456789ab', 'tickets:read'), 'own' as const]]);
    expect(groupsOf([field()], pending)[0]!.rows[0]!.cells[0]!.scope).toBe('own');
  });

  it('is given and taken with what it needs', () => {
    expect(namesFor(field(), 'tickets:read', 'own')).toEqual({ grant: ['tickets:read:own'] });
    expect(namesFor(field(...OWN), 'tickets:read', 'all')).toEqual({ grant: ['tickets:read'] });
    expect(namesFor(field(...ALL), 'tickets:read', 'own')).toEqual({
      grant: OWN,
      revoke: ['tickets:read'],
    });
    expect(namesFor(field(...ALL), 'tickets:write', 'own')).toEqual({
      grant: ['tickets:write:own'],
      revoke: ['tickets:write'],
    });
    expect(namesFor(field(...ALL), 'tickets:read', 'none')).toEqual({
      revoke: ['tickets:read:own'],
    });
    expect(namesFor(field(), 'users:read', true)).toEqual({ grant: ['users:read'] });
  });

  it('is not said beside the permission for all', () => {
    const names = (role: Role) =>
      withoutImplied(role.permissions.filter((p) => p.granted)).map((p) => p.name);
    expect(names(field(...ALL))).toEqual(['tickets:read', 'tickets:write']);
    expect(names(field(...OWN))).toEqual(OWN);
  });
});
