import { expect, it } from 'vitest';
import { asksFor, wordsOf } from './words';

it('says of a permission that nothing serves that it gives nothing', () => {
  expect(wordsOf('moon:land')).toEqual({
    name: 'moon:land',
    title: 'moon:land',
    detail: 'This version of Mortise doesn’t serve it: it gives the plugin nothing.',
    notable: true,
  });
});

it('asks for what is new only, what reaches far first', () => {
  const asked = asksFor(
    ['users:read', 'tickets:read', 'tickets:write', 'moon:land'],
    ['tickets:read'],
  );
  expect(asked.map((p) => p.name)).toEqual(['tickets:write', 'moon:land', 'users:read']);
});
