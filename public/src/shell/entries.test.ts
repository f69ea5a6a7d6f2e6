import { expect, it } from 'vitest';
import { matching, type Entry } from './entries';

const entry = (label: string, words?: string): Entry => ({
  id: label,
  group: 'pages',
  label,
  words,
  icon: 'search',
  run: () => {},
});
const ALL = [entry('Reports'), entry('Tickets'), entry('Sign out'), entry('Zoë Report', 'z@x.org')];

it.each([
  ['', ['Reports', 'Tickets', 'Sign out', 'Zoë Report']],
  ['rep', ['Reports', 'Zoë Report']],
  ['OUT sign', ['Sign out']],
  ['zoe', ['Zoë Report']],
  ['x.org', ['Zoë Report']],
  ['port', ['Reports', 'Zoë Report']],
  ['nothing', []],
])('%j finds %j', (typed, found) =>
  expect(matching(ALL, typed).map((e) => e.label)).toEqual(found),
);
