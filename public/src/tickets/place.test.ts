import { describe, expect, it } from 'vitest';
import type { Ticket, TicketState } from '../api/types';
import { filtersOf } from './filters';
import { placed, without, type Pages, type View } from './place';

const STATES = [
  { key: 'open', category: 'open' },
  { key: 'done', category: 'closed' },
] as TicketState[];

const ticket = (n: number, more: Partial<Ticket> = {}) =>
  ({
    id: `id-${n}`,
    number: n,
    state: 'open',
    priority: 'normal',
    assigneeId: null,
    createdAt: `2026-01-01T00:00:0${n}.000Z`,
    updatedAt: `2026-01-01T00:00:0${n}.000Z`,
    ...more,
  }) as Ticket;

const view = (query = ''): View => ({
  filters: filtersOf(new URLSearchParams(query)),
  meId: 'me-id',
  states: STATES,
});

/** 9 8 | 6 5, and more if there is a cursor. */
const list = (nextCursor: string | null = 'c'): Pages => ({
  pages: [
    { items: [ticket(9), ticket(8)], nextCursor: 'b', total: 7 },
    { items: [ticket(6), ticket(5)], nextCursor, total: 7 },
  ],
  pageParams: [null, 'b'],
});

const numbers = (p: Pages) => p.pages.map((page) => page.items.map((t) => t.number));
const totals = (p: Pages) => p.pages.map((page) => page.total);

describe('placed', () => {
  it('moves a ticket that was updated to the top, once', () => {
    const next = placed(
      list(),
      ticket(5, { updatedAt: '2026-02-01T00:00:00.000Z' }),
      view(),
      false,
    );
    expect(numbers(next)).toEqual([[5, 9, 8], [6]]);
    expect(totals(next)).toEqual([7, 7]);
  });
  it('leaves it in its place where the order is another', () => {
    const changed = ticket(6, { updatedAt: '2026-02-01T00:00:00.000Z', title: 'new' });
    const next = placed(list(), changed, view('sort=number'), false);
    expect(numbers(next)).toEqual([
      [9, 8],
      [6, 5],
    ]);
    expect(next.pages[1]?.items[0]?.title).toBe('new');
  });
  it('takes away what no longer matches', () => {
    const next = placed(list(), ticket(8, { state: 'done' }), view(), false);
    expect(numbers(next)).toEqual([[9], [6, 5]]);
    expect(totals(next)).toEqual([6, 6]);
  });
  it('adds a new one, and counts it', () => {
    const next = placed(list(), ticket(7), view(), true);
    expect(numbers(next)).toEqual([
      [9, 8],
      [7, 6, 5],
    ]);
    expect(totals(next)).toEqual([8, 8]);
  });
  it('leaves out what stands below the pages that are loaded', () => {
    expect(numbers(placed(list(), ticket(1), view(), true))).toEqual([
      [9, 8],
      [6, 5],
    ]);
    expect(numbers(placed(list(null), ticket(1), view(), true))).toEqual([
      [9, 8],
      [6, 5, 1],
    ]);
  });
  it('does not count one again that stood in a page that is not loaded', () => {
    const top = ticket(2, { updatedAt: '2026-02-01T00:00:00.000Z' });
    expect(totals(placed(list(), top, view(), false))).toEqual([7, 7]);
    expect(totals(placed(list(null), top, view(), false))).toEqual([8, 8]);
  });
  it.each([
    ['state=all', { state: 'done' }, true],
    ['state=closed', { state: 'done' }, true],
    ['state=done', { state: 'done' }, true],
    ['state=open', { state: 'done' }, false],
    ['priority=high', {}, false],
    ['priority=high', { priority: 'high' }, true],
    ['assigneeId=me', { assigneeId: 'me-id' }, true],
    ['assigneeId=me', { assigneeId: 'you' }, false],
    ['assigneeId=none', {}, true],
    ['assigneeId=none', { assigneeId: 'you' }, false],
    ['assigneeId=you', { assigneeId: 'you' }, true],
    ['assigneeId=you,none', {}, true],
    ['assigneeId=you,me', { assigneeId: 'me-id' }, true],
    ['state=open,done', { state: 'done' }, true],
    ['state=done,closed', {}, false],
    ['priority=high,urgent', { priority: 'urgent' }, true],
    ['priority=high,urgent', {}, false],
  ])('with %s knows whether %o is in', (query, fields, isIn) => {
    const next = placed(list(), ticket(7, fields as Partial<Ticket>), view(query), true);
    expect(numbers(next).flat().includes(7)).toBe(isIn);
  });
  it('follows an order that is reversed', () => {
    const oldFirst = (): Pages => ({
      pages: [{ items: [ticket(3), ticket(5)], nextCursor: null, total: 2 }],
      pageParams: [null],
    });
    const reversed = view('sort=-number');
    expect(numbers(placed(oldFirst(), ticket(4), reversed, true))).toEqual([[3, 4, 5]]);
    expect(numbers(placed(oldFirst(), ticket(6), reversed, true))).toEqual([[3, 5, 6]]);
  });
  it('orders by priority, and by id where it is the same', () => {
    const next = placed(list(), ticket(7, { priority: 'urgent' }), view('sort=priority'), true);
    expect(numbers(next).flat()).toEqual([7, 9, 8, 6, 5]);
    expect(numbers(placed(list(), ticket(7), view('sort=priority'), true)).flat()).toEqual([
      9, 8, 7, 6, 5,
    ]);
  });
});

describe('without', () => {
  it('takes out a ticket that may not be seen any more', () => {
    const next = without(list(), 'id-6');
    expect(numbers(next)).toEqual([[9, 8], [5]]);
    expect(totals(next)).toEqual([6, 6]);
  });
  it('leaves pages as they are that lack it', () => {
    const pages = list();
    expect(without(pages, 'id-7')).toBe(pages);
  });
});
