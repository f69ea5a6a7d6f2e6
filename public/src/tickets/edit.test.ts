import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Ticket } from '../api/types';
import { conflictingFields, saveTicket } from './edit';

const base: Ticket = {
  id: 'a',
  number: 1,
  title: 'Pump leaks',
  description: '',
  state: 'new',
  stateLabel: 'New',
  priority: 'normal',
  assigneeId: null,
  assigneeName: null,
  createdBy: 'u',
  createdByName: 'U',
  version: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  closedAt: null,
  custom: {},
};

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

/** A server that holds one ticket and minds If-Match. */
function serve(latest: Ticket) {
  const sent: string[] = [];
  vi.stubGlobal(
    'fetch',
    vi.fn((_path: string, init: RequestInit) => {
      if (init.method === 'GET') return Promise.resolve(json(200, latest));
      const match = (init.headers as Record<string, string>)['If-Match']!;
      sent.push(match);
      if (match !== `"${latest.version}"`)
        return Promise.resolve(
          json(409, { type: '/problems/version-conflict', title: 'Conflict', status: 409 }),
        );
      const patch = JSON.parse(String(init.body)) as Partial<Ticket>;
      return Promise.resolve(json(200, { ...latest, ...patch, version: latest.version + 1 }));
    }),
  );
  return sent;
}

afterEach(() => vi.unstubAllGlobals());

describe('conflictingFields', () => {
  it('names only fields that both changed to different values', () => {
    const latest = { ...base, title: 'Theirs', priority: 'high' as const };
    expect(conflictingFields(base, latest, { title: 'Mine' })).toEqual(['title']);
    expect(conflictingFields(base, latest, { title: 'Theirs' })).toEqual([]);
    expect(conflictingFields(base, latest, { state: 'done' })).toEqual([]);
  });
});

describe('saveTicket', () => {
  it('saves on the version that was read', async () => {
    const sent = serve(base);
    const result = await saveTicket(base, { title: 'Mine' });
    expect(result).toMatchObject({ ticket: { title: 'Mine', version: 4 } });
    expect(sent).toEqual(['"3"']);
  });

  it('saves again when somebody changed another field', async () => {
    const sent = serve({ ...base, priority: 'urgent', version: 5 });
    const result = await saveTicket(base, { title: 'Mine' });
    expect(result).toMatchObject({ ticket: { title: 'Mine', priority: 'urgent', version: 6 } });
    expect(sent).toEqual(['"3"', '"5"']);
  });

  it('asks the person when somebody changed the same field', async () => {
    serve({ ...base, title: 'Theirs', version: 5 });
    const result = await saveTicket(base, { title: 'Mine' });
    expect(result).toMatchObject({ conflict: { fields: ['title'], latest: { title: 'Theirs' } } });
  });
});
