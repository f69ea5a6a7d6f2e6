// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditEntry } from '../api/resources';
import { setLanguage, setClock } from '../text';
import { askedBy, changesOf, daysOf, isFiltered, queryOf } from './data';
import { actorOf, EntryItem, targetOf, valueText } from './entry';

const entry = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'e1',
  at: '2026-11-22T10:00:00.000Z',
  action: 'user.roles',
  area: 'user',
  actorKind: 'person',
  actorId: 'u1',
  actorName: 'Ada',
  address: '10.1.2.3',
  agent: 'Firefox',
  targetKind: 'user',
  targetId: 'u2',
  targetName: 'Ben',
  before: { roles: ['Technician'] },
  after: { roles: ['Technician', 'Dispatcher'] },
  requestId: 'r-1',
  seq: 7,
  ...fields,
});

beforeEach(async () => {
  await setLanguage('en');
  setClock({ timeZone: 'UTC' });
});
afterEach(cleanup);

it('groups by the days of the company, in the order of the list', () => {
  setClock({ timeZone: 'Pacific/Auckland' });
  const at = ['2026-11-22T12:00:00Z', '2026-11-22T10:00:00Z', '2026-11-20T00:00:00Z'];
  const days = daysOf(at.map((a, i) => entry({ id: String(i), at: a })));
  expect(days.map((d) => [d.day, d.entries.length])).toEqual([
    ['2026-11-23', 1],
    ['2026-11-22', 1],
    ['2026-11-20', 1],
  ]);
});

it('asks for what the address says', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  const asked = askedBy(new URLSearchParams('q= ben &person=u1&area=user&period=7&company=acme'));
  expect(queryOf(asked, now)).toEqual({
    q: 'ben',
    actorId: 'u1',
    area: 'user',
    company: 'acme',
    at: '2026-11-15T10:00:00.000Z..',
  });
  const all = askedBy(new URLSearchParams('period=all'));
  expect([queryOf(all, now), isFiltered(all)]).toEqual([{}, false]);
  expect(askedBy(new URLSearchParams('period=none')).period).toBe('30');
});

it('says who acted, and on whom unless it was on themself', () => {
  expect(actorOf(entry())).toBe('Ada');
  expect(actorOf(entry({ actorKind: 'command', actorName: 'root' }))).toBe('root, in a terminal');
  expect(actorOf(entry({ actorKind: 'nobody', actorName: null }))).toBe('Not signed in');
  expect(targetOf(entry())).toBe('Ben');
  expect(targetOf(entry({ targetId: 'u1' }))).toBeNull();
  expect(targetOf(entry({ targetName: null, targetId: 'acme' }))).toBe('acme');
});

it('writes values as people read them', () => {
  expect(valueText('roles', ['Technician', 'Dispatcher'])).toBe('Technician and Dispatcher');
  expect(valueText('x', true)).toBe('Yes');
  expect(valueText('more', 1234)).toBe('1,234');
  expect(valueText('phone', null)).toBe('None');
  expect(valueText('kind', 'token')).toBe('Program with a token');
  expect(valueText('x', { a: 1 })).toBe('{"a":1}');
  expect(valueText('name', 'constructor')).toBe('constructor');
});

it('compares where there is something to compare', () => {
  expect(changesOf(entry())).toEqual({
    changes: [{ field: 'roles', before: ['Technician'], after: ['Technician', 'Dispatcher'] }],
    compares: true,
  });
  expect(changesOf({ before: null, after: { kind: 'cookie' } }).compares).toBe(false);
  expect(changesOf({ before: null, after: null }).changes).toEqual([]);
});

it('opens an entry, and copies its request', async () => {
  const user = userEvent.setup();
  const writeText = vi.spyOn(navigator.clipboard, 'writeText');
  render(
    <ol>
      <EntryItem entry={entry({ seq: null })} />
    </ol>,
  );
  expect(screen.getByText('Roles changed')).toBeTruthy();
  expect(screen.queryByText('10.1.2.3')).toBeNull();
  await user.click(screen.getByText('Roles changed'));
  expect(await screen.findByText('10.1.2.3')).toBeTruthy();
  expect(screen.getByRole('columnheader', { name: 'Before' })).toBeTruthy();
  expect(screen.getByText('Being sealed')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Copy request ID' }));
  expect(writeText).toHaveBeenCalledWith('r-1');
  expect(await screen.findByText('Copied')).toBeTruthy();
});
