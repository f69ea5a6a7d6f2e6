import { expect, it } from 'vitest';
import { exampleOf, scopeGroups, type Scope } from './data';

const scope = (name: string, label: string, source = 'core', enabled = true): Scope => ({
  name,
  label,
  source,
  sourceName: source === 'core' ? 'Mortise' : 'Time Clock',
  enabled,
});
const ALL = [
  scope('plugins:call', 'anything'),
  scope('tickets:read', 'anything'),
  scope('time-clock:clock', 'Clock in and out', 'time-clock', false),
];

it('groups by where a permission comes from, the core’s by their names here', () => {
  expect(scopeGroups(ALL)).toEqual([
    {
      source: 'core',
      title: 'Mortise',
      enabled: true,
      scopes: [
        { name: 'plugins:call', label: 'Use plugins' },
        { name: 'tickets:read', label: 'See tickets' },
      ],
    },
    {
      source: 'time-clock',
      title: 'Time Clock',
      enabled: false,
      scopes: [{ name: 'time-clock:clock', label: 'Clock in and out' }],
    },
  ]);
});

it.each([
  ['', 3],
  ['see tick', 1],
  ['CLOCK', 1],
  ['plugins:call', 1],
  ['mortise', 2],
  ['nothing', 0],
])('finds by words of label, name and source: %j', (q, n) => {
  expect(scopeGroups(ALL, q).flatMap((g) => g.scopes)).toHaveLength(n);
});

it('shows how a program sends it', () => {
  expect(exampleOf('https://desk.example', 'mtp_x')).toBe(
    'curl -H "Authorization: Bearer mtp_x" https://desk.example/api/me',
  );
});
