// @vitest-environment jsdom
/** @mortise/ui as a plugin has it, with the app's real parts; only the server is the test's. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { problem as refused, testPage } from '../src/testing';
import { pluginApi } from '../src/plugin-api';
import { useTexts } from '../src/texts';
import type { Column } from '../src/kit-types';

const me = { id: 'u1', name: 'Ann', roles: [], permissions: ['users:read', 'tickets:read'] };
vi.mock('../../src/auth/session', () => ({ useMe: () => me, may: () => true }));
const { kit } = await import('../../src/kit');
const { clearQueries, invalidate } = await import('../../src/api/query');
const double = (globalThis as unknown as { MortiseUI: typeof kit }).MortiseUI;
const { DataTable, useServerForm, FormDialog, TextInput, PersonInput } = kit;
const BOTH = [
  ['the app has', kit],
  ['tests have', double],
] as const;
const { PersonPicker, TicketPicker, DayPicker, Chart } = kit;

type Reply = { status?: number; body: unknown };
const asked: { method: string; path: string; query: URLSearchParams; body: unknown }[] = [];
let reply: (path: string, query: URLSearchParams, method: string) => Reply;
vi.stubGlobal('fetch', async (url: string, init?: { method?: string; body?: string }) => {
  const { pathname, searchParams } = new URL(url, 'http://x');
  const method = init?.method ?? 'GET';
  const body = init?.body ? JSON.parse(init.body) : undefined;
  asked.push({ method, path: pathname, query: searchParams, body });
  const { status = 200, body: answer } = reply(pathname, searchParams, method);
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return new Response(JSON.stringify(answer), { status, headers: { 'Content-Type': type } });
});
const problem = (status: number, title: string, errors: object[] = []): Reply => ({
  status,
  body: { type: '/problems/x', title, status, detail: title, errors },
});
afterEach(() => {
  cleanup();
  clearQueries();
  asked.length = 0;
});

interface Part {
  id: string;
  name: string;
  stock: number | null;
}
const PARTS: Part[] = [
  { id: 'a', name: 'Valve', stock: 3 },
  { id: 'b', name: 'Bolt', stock: null },
  { id: 'c', name: 'Nut', stock: 12 },
];
const COLUMNS: Column<Part>[] = [
  { key: 'name', label: 'Name', sorts: true },
  { key: 'stock', label: 'Stock', sorts: true, right: true },
];
const names = () =>
  [...document.querySelectorAll('tbody tr')].map(
    (row) => /Valve|Bolt|Nut/.exec(row.textContent ?? '')?.[0],
  );
const common = { label: 'Parts', columns: COLUMNS, rowKey: (p: Part) => p.id };

test.each(BOTH)('a table that %s sorts; what is unknown comes last', async (_, { DataTable }) => {
  render(<DataTable<Part> {...common} rows={PARTS} />);
  expect(names()).toEqual(['Valve', 'Bolt', 'Nut']);
  const head = screen.getByRole('columnheader', { name: 'Stock' });
  await userEvent.click(within(head).getByRole('button'));
  expect(names()).toEqual(['Valve', 'Nut', 'Bolt']);
  expect(head.getAttribute('aria-sort')).toBe('ascending');
  await userEvent.click(within(head).getByRole('button'));
  expect(names()).toEqual(['Nut', 'Valve', 'Bolt']);
});

test('rows are selected, a range with Shift, and all; arrows go from row to row', async () => {
  const done = vi.fn();
  const open = vi.fn();
  render(
    <DataTable<Part>
      {...common}
      rows={PARTS}
      onOpen={open}
      bulk={(rows, clear) => (
        <button
          type="button"
          onClick={() => {
            done(rows.map((p) => p.id));
            clear();
          }}
        >
          Order
        </button>
      )}
    />,
  );
  const user = userEvent.setup();
  await user.click(screen.getByLabelText('Select Valve'));
  await user.keyboard('{Shift>}');
  await user.click(screen.getByLabelText('Select Nut'));
  await user.keyboard('{/Shift}');
  await screen.findByText('3 selected');
  await user.click(screen.getByText('Order'));
  expect(done).toHaveBeenCalledWith(['a', 'b', 'c']);
  expect(screen.queryByText(/selected/)).toBeNull();
  screen.getByRole('button', { name: 'Valve' }).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
  expect(open).toHaveBeenCalledWith(PARTS[1]);
});

test('a table of a route: pages by cursor, sorting by the server, empty and error states', async () => {
  let broken = false;
  reply = (_, query) => {
    if (broken) return problem(403, 'The stock room is locked');
    const second = query.get('cursor') === 'next';
    const items = second ? PARTS.slice(2) : PARTS.slice(0, 2);
    return { body: { items, nextCursor: second ? null : 'next' } };
  };
  const view = render(
    <DataTable<Part> {...common} source={{ url: '/api/plugins/parts/parts', limit: 2 }} />,
  );
  screen.getByRole('status', { name: 'Loading' });
  await waitFor(() => expect(names()).toEqual(['Valve', 'Bolt']));
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(names()).toEqual(['Valve', 'Bolt', 'Nut']));
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Name' }));
  await userEvent.click(screen.getByRole('button', { name: 'Name' }));
  await waitFor(() => expect(asked.at(-1)!.query.get('sort')).toBe('-name'));
  expect(asked.at(-1)!.query.get('limit')).toBe('2');
  const before = asked.length;
  invalidate('/api/plugins/parts/'); // as plugin.refresh() does
  await waitFor(() => expect(asked.length).toBeGreaterThan(before));

  broken = true;
  view.rerender(<DataTable<Part> {...common} source={{ url: '/api/plugins/parts/other' }} />);
  await screen.findByText('The stock room is locked');
  reply = () => ({ body: { items: [], nextCursor: null } });
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText('Nothing here yet');
});

function NewPart({ onDone }: { onDone: () => void }) {
  const form = useServerForm({
    start: { name: '', stock: '', ownerId: '' },
    rules: { name: { type: 'string', required: true, min: 1, max: 5 } },
    send: async (part) => {
      const { api } = await import('../../src/api/client');
      return api.post('/api/plugins/parts/parts', part);
    },
    onDone,
  });
  return (
    <FormDialog title="New part" submit="Add" of={form} onClose={() => {}}>
      <TextInput of={form} name="name" label="Name" />
      <TextInput of={form} name="stock" label="Stock" />
      <PersonInput of={form} name="ownerId" label="Owner" />
    </FormDialog>
  );
}
const USERS = { items: [{ id: 'u2', name: 'Tom', active: true }] };

test('a form’s faults stand at their fields, the first of which gets the focus', async () => {
  const done = vi.fn();
  let right = false;
  reply = (path, _, method) => {
    if (method === 'GET') return { body: path === '/api/users' ? USERS : { items: [] } };
    return right
      ? { body: {} }
      : problem(422, 'Not stored', [
          { pointer: '/stock', detail: 'Enter a whole number.' },
          { pointer: '/ownerId', detail: 'Choose a keeper.' },
        ]);
  };
  render(<NewPart onDone={done} />);
  const name = screen.getByLabelText(/Name/);
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('Enter a value.');
  expect(document.activeElement).toBe(name);
  expect(asked.some((a) => a.method === 'POST')).toBe(false);

  await userEvent.type(name, 'Bolt');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('Enter a whole number.');
  await screen.findByText('Choose a keeper.');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Stock')));

  right = true;
  await userEvent.click(screen.getByLabelText('Owner'));
  await userEvent.click(await screen.findByRole('option', { name: 'Tom' }));
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked.at(-1)!.body).toMatchObject({ name: 'Bolt', ownerId: 'u2' });
});

test.each(BOTH)('a question that %s stays when it fails', async (_, { ConfirmDialog }) => {
  const close = vi.fn();
  const { ApiError } = await import('../../src/api/client');
  const run = vi
    .fn()
    .mockRejectedValueOnce(
      new ApiError({ type: '/problems/x', title: 'It is in use', status: 409 }),
    )
    .mockResolvedValueOnce(undefined);
  render(
    <ConfirmDialog
      title="Delete?"
      text="It is gone then."
      confirm="Delete"
      run={run}
      onClose={close}
    />,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  await screen.findByText('It is in use');
  expect(close).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(close).toHaveBeenCalled());
});

test('pickers choose a person, a ticket that the server found, a day', async () => {
  const tickets = [{ id: 't7', number: 7, title: 'Leak' }];
  reply = (path, query) => {
    if (path === '/api/users') return { body: USERS };
    if (path === '/api/tickets/t7') return { body: tickets[0] };
    return { body: { items: query.get('q') === 'lea' ? tickets : [], nextCursor: null, total: 1 } };
  };
  const chosen: Record<string, string> = {};
  function Page() {
    const [values, setValues] = useState({ person: '', ticket: '', day: '' });
    Object.assign(chosen, values);
    const of = (name: keyof typeof values) => ({
      label: name,
      value: values[name],
      onChange: (value: string) => setValues((old) => ({ ...old, [name]: value })),
    });
    return (
      <>
        <PersonPicker {...of('person')} />
        <TicketPicker {...of('ticket')} />
        <DayPicker {...of('day')} />
      </>
    );
  }
  render(<Page />);
  await userEvent.click(screen.getByLabelText('person'));
  await userEvent.click(await screen.findByRole('option', { name: 'Tom' }));
  await userEvent.type(screen.getByLabelText('ticket'), 'lea');
  await userEvent.click(await screen.findByRole('option', { name: '#7 Leak' }));
  await userEvent.type(screen.getByLabelText('day'), '2026-02-28');
  expect(chosen).toEqual({ person: 'u2', ticket: 't7', day: '2026-02-28' });
  await waitFor(() =>
    expect((screen.getByLabelText('ticket') as HTMLInputElement).value).toBe('#7 Leak'),
  );
});

test('a chart has the table that says the same', () => {
  render(
    <Chart
      kind="donut"
      title="Stock"
      labels={['A', 'B']}
      series={[{ name: 'Parts', values: [1, 2] }]}
    />,
  );
  const table = screen.getByRole('table', { name: 'Stock' });
  expect(within(table).getByRole('row', { name: 'B 2' })).toBeTruthy();
});

const TEXTS = {
  en: {
    parts: { zero: 'No parts', one: '{n} part', other: '{n} parts' },
    of: 'Of {name}',
    only: 'Only English',
  },
  de: { parts: { one: '{n} Teil', other: '{n} Teile' }, of: 'Von {name}' },
};
function Words() {
  const t = useTexts(TEXTS);
  return (
    <p>
      {[
        t('parts', { n: 0 }),
        t('parts', { n: 1 }),
        t('parts', { n: 1200 }),
        t('of', { name: '{n}' }),
        t('only'),
      ].join('; ')}
    </p>
  );
}

test.each([
  ['en', 'No parts; 1 part; 1,200 parts; Of {n}; Only English'],
  ['de', '0 Teile; 1 Teil; 1,200 Teile; Von {n}; Only English'],
] as const)('a plugin’s texts in %s', (language, said) => {
  testPage({ language });
  render(<Words />);
  screen.getByText(said);
});

test('doubles read and send by the test page, and put faults at their fields', async () => {
  const page = testPage({
    routes: {
      'GET /api/plugins/parts/parts': ({ query }: { query: { cursor: string | null } }) =>
        query.cursor
          ? { items: PARTS.slice(2), nextCursor: null }
          : { items: PARTS.slice(0, 2), nextCursor: 'n' },
      'POST /api/plugins/parts/parts': () => {
        throw refused(422, 'Not stored', {
          errors: [{ pointer: '/stock', detail: 'Enter a whole number.' }],
        });
      },
    },
  });
  const { useServerForm, FormDialog, TextInput, DataTable } = double;
  function Page() {
    const form = useServerForm({
      start: { stock: '' },
      send: (part) => pluginApi('parts').post('/parts', part),
    });
    return (
      <>
        <DataTable<Part> {...common} source={{ url: '/api/plugins/parts/parts' }} />
        <FormDialog title="New part" submit="Add" of={form} onClose={() => {}}>
          <TextInput of={form} name="stock" label="In stock" />
        </FormDialog>
      </>
    );
  }
  render(<Page />);
  await userEvent.click(await screen.findByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(names()).toEqual(['Valve', 'Bolt', 'Nut']));
  await userEvent.type(screen.getByLabelText('In stock'), 'x');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('Enter a whole number.');
  expect(page.requests.map((r) => [r.method, r.body])).toEqual([
    ['GET', undefined],
    ['GET', undefined],
    ['POST', { stock: 'x' }],
  ]);
});
