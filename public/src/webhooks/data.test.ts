import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import type { Webhook } from '../api/resources';
import { eventGroups, exampleOf, stateOf } from './data';

const core = { type: 'TicketCreated', source: 'core', sourceName: 'Mortise' };
const parts = { type: 'parts.Moved', source: 'parts', sourceName: 'Parts' };

it('events are grouped by where they come from', () => {
  expect(
    eventGroups([core, parts, { ...core, type: 'UserCreated' }], ['*', 'parts.Moved']),
  ).toEqual([
    { source: 'core', title: 'Mortise', types: ['TicketCreated', 'UserCreated'] },
    { source: 'parts', title: 'Parts', types: ['parts.Moved'] },
  ]);
});

it('what is chosen and not offered any more can still be taken out', () => {
  const [last] = eventGroups([core], ['crm.Won']).slice(-1);
  expect(last).toMatchObject({ source: '', types: ['crm.Won'] });
});

it('a state says the worst first', () => {
  const w = { active: true, stopped: null, failingSince: null } as Webhook;
  expect(stateOf(w)).toBe('on');
  expect(stateOf({ ...w, failingSince: '2026-01-01T00:00:00.000Z' })).toBe('failing');
  expect(stateOf({ ...w, active: false })).toBe('off');
  expect(stateOf({ ...w, active: false, stopped: 'gone' })).toBe('stopped');
});

it('the example checks a signature', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const make = new Function('require', `${exampleOf(secret)}\nreturn isOurs;`) as (
    r: NodeJS.Require,
  ) => (headers: Record<string, string>, body: string) => boolean;
  const isOurs = make(createRequire(import.meta.url));
  const at = String(Math.floor(Date.now() / 1000));
  const sign = (body: string) =>
    createHmac('sha256', Buffer.alloc(24, 7)).update(`id.${at}.${body}`).digest('base64');
  const headers = (signature: string) => ({
    'webhook-id': 'id',
    'webhook-timestamp': at,
    'webhook-signature': signature,
  });
  expect(isOurs(headers(`v1,${sign('{}')}`), '{}')).toBe(true);
  expect(isOurs(headers(`v1,AAAA v1,${sign('{}')}`), '{}')).toBe(true);
  expect(isOurs(headers(`v1,${sign('{}')}`), '{"a":1}')).toBe(false);
  expect(isOurs({ ...headers(`v1,${sign('{}')}`), 'webhook-timestamp': '1' }, '{}')).toBe(false);
});
