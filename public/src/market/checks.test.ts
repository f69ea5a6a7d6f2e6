import { expect, it } from 'vitest';
import { checkAt, checksOfRefusal, checksUnderWay, withLine, INCOMING } from './checks';

it.each([
  ['/manifest.json#/version', 'is "1"', 'manifest'],
  ['/manifest.json#/files/plugin.so', 'differs', 'files'],
  ['/migrations/001-a.sql', 'DROP', 'migrations'],
  ['/screenshots/a.png', 'Has 20 x 20 pixels', 'screenshots'],
  ['/CHANGELOG.md', 'Must be UTF-8 text', 'changelog'],
  ['/plugin.so', 'is for another machine', 'library'],
  ['/plugin.so', 'does not load: undefined symbol', 'imports'],
  ['/plugin.so', 'crashed by signal 11 while loading', 'trial load'],
  ['/signature', 'is no text', 'signature'],
  ['/', 'is no zip', 'archive'],
  [undefined, '', 'archive'],
])('a fault at %s (%s) belongs to %s', (pointer, detail, name) => {
  expect(checkAt(pointer, detail)).toBe(name);
});

it('says of each check whether it was made', () => {
  const states = checksOfRefusal([
    { pointer: '/manifest.json#/version', detail: 'a' },
    { pointer: '/manifest.json#/key', detail: 'b' },
    { pointer: '/migrations/001-x.sql', detail: 'c' },
  ]).map((c) => [c.name, c.state, c.faults.length]);
  expect(states).toEqual([
    ['archive', 'ok', 0],
    ['manifest', 'failed', 2],
    ['files', 'ok', 0],
    ['library', 'ok', 0],
    ['imports', 'ok', 0],
    ['migrations', 'failed', 1],
    ['changelog', 'skipped', 0],
    ['screenshots', 'skipped', 0],
    ['signature', 'skipped', 0],
    ['trial load', 'skipped', 0],
  ]);
});

it('keeps what was received of a package on its way', () => {
  const check = { name: 'archive', ok: true, detail: '2 files' };
  const some = withLine(withLine(INCOMING, { name: 'download', got: 1, of: 3 }), check);
  expect(some).toEqual({ got: 1, of: 3, checks: [check] });
  expect(INCOMING.checks).toEqual([]);
});

it('says which check is under way', () => {
  const states = (...made: string[]) =>
    checksUnderWay(made.map((name) => ({ name, ok: true, detail: `${name} is well` }))).map(
      (c) => c.state,
    );
  expect(states()).toEqual(['running', ...Array<string>(9).fill('waiting')]);
  expect(states('archive', 'manifest', 'files', 'library', 'imports', 'migrations')).toEqual([
    ...Array<string>(6).fill('ok'),
    'running',
    ...Array<string>(3).fill('waiting'),
  ]);
  expect(states('archive', 'something new')).toEqual([
    'ok',
    'running',
    ...Array<string>(8).fill('waiting'),
  ]);
});
