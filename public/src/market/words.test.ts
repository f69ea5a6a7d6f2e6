import { expect, it } from 'vitest';
import { asksFor, wordsOf } from './words';

it('says of a permission that nothing serves that it gives nothing', () => {
  expect(wordsOf('moon:land')).toEqual({
    name: 'moon:land',
    title: 'moon:land',
    detail: 'This version of Mortise doesn’t support it, so it has no effect.',
    risk: 'none',
  });
});

it('asks for what is new only, what can go wrong most first', () => {
  const asked = asksFor(
    ['users:read', 'tickets:read', 'notifications:send', 'tickets:write', 'moon:land'],
    ['tickets:read'],
  );
  expect(asked.map((g) => [g.risk, g.permissions.map((p) => p.name)])).toEqual([
    ['change', ['tickets:write']],
    ['reach', ['notifications:send']],
    ['read', ['users:read']],
    ['none', ['moon:land']],
  ]);
});
