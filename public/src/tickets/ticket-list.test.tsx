// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRef } from 'react';
import type { CustomField, Ticket, TicketState } from '../api/types';
import type { TicketList as List } from './data';
import { filtersOf } from './filters';
import type { ListHandle } from './rows';
import { TicketList } from './ticket-list';

const ticket = (n: number, more: Partial<Ticket> = {}) =>
  ({
    id: `id-${n}`,
    number: n,
    title: `Ticket ${n}`,
    state: 'new',
    stateLabel: 'New',
    priority: 'normal',
    assigneeId: null,
    assigneeName: null,
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  }) as Ticket;
const tickets = (n: number) => Array.from({ length: n }, (_, i) => ticket(n - i));
const STATES = [{ key: 'new', label: 'New', category: 'open', position: 1 }] as TicketState[];

const listOf = (items: readonly Ticket[], more: Partial<List> = {}): List => ({
  items,
  total: items.length,
  corrected: null,
  hasMore: false,
  loading: false,
  loadingMore: false,
  error: null,
  fresh: new Set(),
  loadMore: () => {},
  refresh: () => {},
  changed: () => {},
  ...more,
});

// Fifty rows of a component take seconds where the machine is busy with other tests.
vi.setConfig({ testTimeout: 30_000 });

// jsdom lays nothing out: the area is 800 pixels high, a row 40.
beforeAll(async () => {
  // It is here before the first test, whose time is short.
  await import('./virtual-rows');
  for (const of of ['clientHeight', 'offsetHeight'])
    Object.defineProperty(HTMLElement.prototype, of, {
      configurable: true,
      get(this: HTMLElement) {
        return this.className === 'page-body' ? 800 : 40;
      },
    });
  HTMLElement.prototype.scrollTo = function (this: HTMLElement, to?: unknown) {
    this.scrollTop = (to as ScrollToOptions).top ?? 0;
    this.dispatchEvent(new Event('scroll'));
  };
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  window.matchMedia = () =>
    ({
      matches: false,
      addEventListener() {},
      removeEventListener() {},
    }) as unknown as MediaQueryList;
});
afterEach(cleanup);

async function shown(list: List, query = '', columns: readonly CustomField[] = []) {
  const handle = createRef<ListHandle>();
  const filters = filtersOf(new URLSearchParams(query));
  const element = (l: List) => (
    <div className="page-body">
      <TicketList
        ref={handle}
        list={l}
        filters={filters}
        states={STATES}
        openId={null}
        columns={columns.map((field) => ({ id: field.id, label: field.label, of: { field } }))}
      />
    </div>
  );
  const { container, rerender } = render(element(list));
  const area = container.querySelector<HTMLElement>('.page-body')!;
  await waitFor(() => expect(container.querySelector('[data-virtual]')).not.toBeNull());
  return {
    handle,
    change: (l: List) => rerender(element(l)),
    scroll: (top: number) => act(() => area.scrollTo({ top })),
    rows: () => [...container.querySelectorAll<HTMLElement>('.rows > .row')],
  };
}
const numberOf = (row?: HTMLElement) => Number(row?.querySelector('.cell-number')?.textContent);

it('replaces the first rows when their code is there, but none that is pressed', async () => {
  vi.resetModules();
  await (await import('../text')).setLanguage('en');
  const { TicketList: Fresh } = await import('./ticket-list');
  const { container } = render(
    <div className="page-body">
      <Fresh
        list={listOf(tickets(1000))}
        filters={filtersOf(new URLSearchParams())}
        states={STATES}
        openId={null}
        columns={[]}
      />
    </div>,
  );
  const link = container.querySelector('[data-ticket]')!;
  expect(container.querySelector('[data-virtual]')).toBeNull();
  fireEvent.pointerDown(link);
  await import('./virtual-rows');
  await act(async () => {});
  expect(link.isConnected).toBe(true);
  fireEvent.pointerUp(link);
  await waitFor(() => expect(container.querySelector('[data-virtual]')).not.toBeNull());
  expect(link.isConnected).toBe(false);
});

it('shows the fields that the company wants as columns', async () => {
  const floor = { id: 'f', key: 'floor', label: 'Floor', type: 'number', options: [] as string[] };
  const list = listOf(tickets(2).map((t, i) => ({ ...t, custom: i ? {} : { floor: 1234 } })));
  const { rows } = await shown(list, '', [floor as unknown as CustomField]);
  expect(screen.getByRole('columnheader', { name: 'Floor' })).toBeTruthy();
  await waitFor(() =>
    expect(rows().map((row) => row.querySelector('.cell-own')!.textContent)).toEqual(['1,234', '']),
  );
});

describe('a list of 1,000 tickets', () => {
  it('has the rows in sight in the page, and says how many there are', async () => {
    const { rows } = await shown(listOf(tickets(1000)));
    expect(rows().length).toBeGreaterThan(19);
    expect(rows().length).toBeLessThan(60);
    expect(document.querySelector('[role=table]')!.getAttribute('aria-rowcount')).toBe('1001');
    expect(rows()[0]?.getAttribute('aria-rowindex')).toBe('2');
  });

  it('has others there after scrolling, each with its place', async () => {
    const { rows, scroll } = await shown(listOf(tickets(1000)));
    scroll(20_000);
    const index = rows().map((r) => Number(r.getAttribute('aria-rowindex')));
    expect(index).toContain(502);
    expect(index).toEqual([...index].sort((a, b) => a - b));
    expect(rows().length).toBeLessThan(60);
    expect(numberOf(rows().find((r) => r.dataset.index === '500'))).toBe(500);
  });

  it('keeps the row that has the focus', async () => {
    const { rows, scroll } = await shown(listOf(tickets(1000)));
    const link = rows()[1]!.querySelector('a')!;
    act(() => link.focus());
    scroll(20_000);
    expect(document.activeElement).toBe(link);
    expect(rows()[0]?.contains(link)).toBe(true);
  });

  it('gives the focus to a row that was not in the page', async () => {
    const { handle, rows } = await shown(listOf(tickets(1000)));
    act(() => handle.current?.focus('id-1'));
    expect(document.activeElement?.textContent).toBe('Ticket 1');
    expect(rows().at(-1)?.getAttribute('aria-rowindex')).toBe('1001');
  });

  it('draws a changed row alone', async () => {
    const all = tickets(1000);
    const { change, rows } = await shown(listOf(all));
    const before = rows().map((r) => r.firstElementChild);
    change(listOf(all.map((t) => (t.number === 998 ? ticket(998, { priority: 'urgent' }) : t))));
    expect(rows()[2]?.querySelector('[data-priority=urgent]')).not.toBeNull();
    expect(rows().map((r) => r.firstElementChild)).toEqual(before);
  });

  it('has all rows on paper', async () => {
    const { rows } = await shown(listOf(tickets(100)));
    act(() => void window.dispatchEvent(new Event('beforeprint')));
    expect(rows().length).toBe(100);
    act(() => void window.dispatchEvent(new Event('afterprint')));
    expect(rows().length).toBeLessThan(60);
  });
});

it('reads more tickets before the last row is in sight', async () => {
  const loadMore = vi.fn();
  const { scroll } = await shown(listOf(tickets(100), { hasMore: true, total: 1001, loadMore }));
  expect(loadMore).not.toHaveBeenCalled();
  expect(document.querySelector('[role=table]')!.getAttribute('aria-rowcount')).toBe('-1');
  scroll(2400);
  expect(loadMore).toHaveBeenCalled();
});

it('says by which column and which way it is ordered', async () => {
  await shown(listOf(tickets(3)), 'sort=-number');
  const head = (name: string) =>
    [...document.querySelectorAll('[role=columnheader]')].find((e) => e.textContent === name)!;
  expect(head('No.').getAttribute('aria-sort')).toBe('ascending');
  expect(head('Updated').getAttribute('aria-sort')).toBeNull();
});
