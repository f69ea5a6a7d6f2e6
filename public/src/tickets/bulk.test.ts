import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, api } from '../api/client';
import type { Ticket } from '../api/types';
import { changeAll, undoing } from './bulk';

const ticket = (n: number, more: Partial<Ticket> = {}) =>
  ({
    id: `id-${n}`,
    number: n,
    state: 'new',
    priority: 'low',
    assigneeId: null,
    version: 1,
    ...more,
  }) as Ticket;
interface Sent {
  items: { id: string; change: object; version?: number }[];
}
const refusal = (more: object) =>
  new ApiError({ type: '/problems/x', title: 'No', status: 409, detail: 'It is closed', ...more });

afterEach(() => vi.restoreAllMocks());

/** A server that refuses these tickets, one of them at a time. */
function server(refuses: readonly string[], how: (at: number) => ApiError) {
  const sent: Sent[] = [];
  vi.spyOn(api, 'post').mockImplementation((_, body) => {
    const { items } = body as Sent;
    sent.push(body as Sent);
    const at = items.findIndex((i) => refuses.includes(i.id));
    if (at >= 0) return Promise.reject(how(at));
    return Promise.resolve({
      items: items.map((i) => ({ ...ticket(Number(i.id.slice(3))), ...i.change, version: 2 })),
    }) as never;
  });
  return sent;
}
const items = (n: number) =>
  Array.from({ length: n }, (_, i) => ({
    ticket: ticket(i),
    change: { priority: 'high' as const },
  }));

describe('a change of many tickets', () => {
  it('is one request', async () => {
    const sent = server([], () => refusal({}));
    const { changed, refused } = await changeAll(items(3));
    expect(sent.length).toBe(1);
    expect(changed.map((c) => c.after.priority)).toEqual(['high', 'high', 'high']);
    expect(refused).toEqual([]);
  });
  it('leaves out what is refused, and says why', async () => {
    server(['id-1', 'id-3'], (item) => refusal({ more: { item } }));
    const { changed, refused } = await changeAll(items(5));
    expect(changed.map((c) => c.before.number)).toEqual([0, 2, 4]);
    expect(refused.map((r) => [r.ticket.number, r.reason])).toEqual([
      [1, 'It is closed'],
      [3, 'It is closed'],
    ]);
  });
  it('knows faults of fields, too', async () => {
    server(['id-2'], (at) =>
      refusal({ errors: [{ pointer: `/items/${at}/change/state`, detail: 'Must be one' }] }),
    );
    const { changed, refused } = await changeAll(items(3));
    expect(changed.length).toBe(2);
    expect(refused[0]?.reason).toBe('Must be one');
  });
  it('ends where the server says nothing of single tickets', async () => {
    const sent = server(['id-0'], () => refusal({}));
    const { changed, refused } = await changeAll(items(220));
    expect(sent.length).toBe(2);
    expect([changed.length, refused.length]).toEqual([20, 200]);
  });
});

it('is undone with what the server changed along, unless somebody changed it since', () => {
  const before = ticket(1);
  const after = ticket(1, { assigneeId: 'ann', state: 'assigned', version: 2 });
  const same = { before: ticket(2), after: ticket(2) };
  expect(undoing({ changed: [{ before, after }, same], refused: [] })).toEqual([
    { ticket: after, version: 2, change: { state: 'new', assigneeId: null } },
  ]);
});
