import { expect, it } from 'vitest';
import { changeKey, groupsOf, type Role } from './data';

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
