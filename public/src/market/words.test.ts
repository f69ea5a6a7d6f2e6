import { expect, it } from 'vitest';
import { asksFor, wordsOf } from './words';

it('says what a host pattern reaches', () => {
  expect(wordsOf('network:api.example.com').title).toBe('Talk to api.example.com');
  expect(wordsOf('network:*.example.com')).toMatchObject({
    title: 'Talk to servers of example.com',
    notable: true,
  });
});

it('shows a permission that it does not know as it is spelled, as notable', () => {
  expect(wordsOf('moon:land')).toEqual({
    name: 'moon:land',
    title: 'moon:land',
    detail: '',
    notable: true,
  });
});

it('asks for what is new only, what reaches far first', () => {
  const asked = asksFor(
    ['users:read', 'tickets:read', 'tickets:write', 'network:a.example'],
    ['tickets:read'],
  );
  expect(asked.map((p) => p.name)).toEqual(['tickets:write', 'network:a.example', 'users:read']);
});
