// @vitest-environment jsdom
/** The test page of the SDK, with the components of the template: what an author's own test looks like. */
import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { problem, testPage } from '../src/testing';
import {
  pluginApi,
  useLive,
  usePresence,
  useTyping,
  pluginStorage,
  usePluginFiles,
  usePluginStorage,
} from '../src';
import * as components from '../../../plugins/template/ui/src';
import * as timeClock from '../../../plugins/time-clock/ui/src';
import timeClockManifest from '../../../plugins/time-clock/manifest.json';

// MUI takes seconds to render where the machine is busy with other tests.
vi.setConfig({ testTimeout: 30_000 });
afterEach(cleanup);

const manifest = {
  key: 'my-plugin',
  definesPermissions: [{ name: 'use' }],
  ticketTabs: [
    { id: 'notes', label: 'Notes', component: 'MyPluginTab', permission: 'my-plugin:use' },
  ],
};
const NOTES = 'GET /api/plugins/my-plugin/notes/:ticketId';
const place = { id: 'ticket.tabs', slotProps: { ticketId: 't 1', technicianId: 'p1' } } as const;

test('a tab reads its route, writes, and reads again', async () => {
  const notes = [
    { id: 'n1', text: 'Ring twice', author: 'Tom', createdAt: '2026-01-01T00:00:00Z' },
  ];
  const page = testPage({
    manifest,
    components,
    routes: {
      [NOTES]: () => ({ items: [...notes] }),
      'POST /api/plugins/my-plugin/notes/:ticketId': ({ body }: { body: { text: string } }) => {
        notes.push({ id: 'n2', text: body.text, author: 'Ann', createdAt: '2026-01-02T00:00:00Z' });
        return { id: 'n2' };
      },
    },
  });
  render(<page.Slot {...place} />);
  await screen.findByText('Ring twice');
  await userEvent.type(screen.getByLabelText('A note'), 'Dog!');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('Dog!');
  expect(page.requests.map((r) => [r.method, r.params.ticketId])).toEqual([
    ['GET', 't 1'],
    ['POST', 't 1'],
    ['GET', 't 1'],
  ]);
});

test('a problem is shown in its words, a failed action as a toast', async () => {
  const page = testPage({
    manifest,
    components,
    routes: { [NOTES]: () => Promise.reject(problem(503, 'The van is out of reach')) },
  });
  render(<page.Slot {...place} />);
  await screen.findByText('The van is out of reach');
});

test('a route that the test does not answer is a problem that names it', async () => {
  const page = testPage({ manifest, components });
  render(<page.Slot {...place} />);
  await screen.findByText('The test answers no GET /api/plugins/my-plugin/notes/t%201');
});

test('nothing is drawn for somebody without the permission, and a component that is missing is an error', () => {
  const page = testPage({ manifest, components, me: { permissions: ['tickets:read'] } });
  expect(render(<page.Slot {...place} />).container.innerHTML).toBe('');
  const lacking = testPage({ manifest, components: {} });
  expect(() => render(<lacking.Slot {...place} />)).toThrow('MyPluginTab');
});

test('a button opens a modal of the same slot, which can close itself; events are heard', async () => {
  const { useEvents } = await import('../src/host');
  const heard: string[] = [];
  const page = testPage({
    manifest: {
      key: 'x',
      ui: {
        slots: [
          { slotId: 'risk-dropdown-menu', componentName: 'Open', renderType: 'menu-item' },
          {
            slotId: 'risk-dropdown-menu',
            componentName: 'Import',
            renderType: 'modal',
            trigger: 'Open',
          },
        ],
      },
    },
    components: {
      Open: ({ onTriggerModal }: { onTriggerModal: (name: string) => void }) => (
        <button onClick={() => onTriggerModal('Import')}>Open</button>
      ),
      Import: ({ open, onClose }: { open: boolean; onClose: () => void }) => {
        useEvents('TicketUpdated', (e) => heard.push(String(e.data.ticketId)));
        return open ? <button onClick={onClose}>Close</button> : null;
      },
    },
  });
  render(<page.Slot id="page.risks.actions" slotProps={{ onMenuClose: () => {} }} />);
  expect(screen.queryByText('Close')).toBeNull();
  await userEvent.click(screen.getByText('Open'));
  await userEvent.click(await screen.findByText('Close'));
  expect(screen.queryByText('Close')).toBeNull();
  act(() => page.raise('TicketUpdated', { ticketId: 't1' }));
  act(() => page.raise('TicketCreated', { ticketId: 't2' }));
  expect(heard).toEqual(['t1']);
});

test('a component follows what its plugin raises', async () => {
  const heard: unknown[] = [];
  function Box() {
    useLive<{ n: number }>(pluginApi('my-plugin'), 'Moved', (data, event) =>
      heard.push(data.n, event.entity),
    );
    return null;
  }
  const page = testPage({ manifest: { ...manifest }, components: { MyPluginTab: Box } });
  render(<page.Slot {...place} />);
  act(() => page.emit('Moved', { n: 7 }, 'box-1'));
  act(() => page.raise('other.Moved', { data: { n: 8 } }));
  expect(heard).toEqual([7, 'box-1']);
});

test('a component shows who else is there and types, and says so of its own person', async () => {
  const plugin = pluginApi('my-plugin');
  function Box() {
    const { others } = usePresence(plugin, 'box-1');
    const { typing, onType } = useTyping(plugin, 'box-1');
    return (
      <input
        aria-label={`${others.map((p) => p.name)} / ${typing.map((p) => p.name)}`}
        onChange={onType}
      />
    );
  }
  const people = [
    { userId: 'person-1', name: 'Ann', typing: false, expiresIn: 45 },
    { userId: 'person-2', name: 'Tom', typing: false, expiresIn: 45 },
  ];
  const page = testPage({
    manifest,
    components: { MyPluginTab: Box },
    routes: {
      'PUT /api/presence/my-plugin': { people },
      'POST /api/presence/my-plugin/leave': undefined,
    },
  });
  const { unmount } = render(<page.Slot {...place} />);
  const box = await screen.findByLabelText('Tom /');
  act(() => page.present({ entity: 'box-1', userId: 'person-2', name: 'Tom', typing: true }));
  act(() => page.present({ entity: 'box-2', userId: 'person-3', name: 'Eve' }));
  await screen.findByLabelText('Tom / Tom');
  await userEvent.type(box, 'hi');
  await screen.findByLabelText('Tom /');
  act(() => page.present({ entity: 'box-1', userId: 'person-2', here: false }));
  await screen.findByLabelText('/');
  unmount();
  expect(page.requests.map((r) => [r.method, (r.body as { typing?: boolean })?.typing])).toEqual([
    ['PUT', false],
    ['PUT', true],
    ['POST', undefined],
  ]);
});

test('a component reads and writes the storage of its plugin, and loses to who was faster', async () => {
  const plugin = pluginApi('my-plugin');
  const drafts = pluginStorage(plugin, 'drafts');
  function Box() {
    const draft = usePluginStorage<{ n: number }>(plugin, 'drafts', 'a');
    const n = draft.data?.value.n ?? 0;
    return <button onClick={() => void draft.set({ n: n + 1 })}>{`n = ${n}`}</button>;
  }
  const page = testPage({
    manifest,
    components: { MyPluginTab: Box },
    storage: { drafts: { a: { n: 1 } } },
  });
  render(<page.Slot {...place} />);
  await userEvent.click(await screen.findByText('n = 1'));
  await screen.findByText('n = 2');
  const version = (await drafts.get('a'))!.version;
  await act(() => drafts.set('a', { n: 7 }, { version }));
  await expect(drafts.set('a', { n: 8 }, { version })).rejects.toThrow('Somebody else');
  await expect(
    drafts.setMany([
      { key: 'b', value: 1 },
      { key: 'a', value: 2, version: 0 },
    ]),
  ).rejects.toThrow('Somebody else');
  expect(await drafts.get('b')).toBeNull();
  expect(await drafts.increment('n', 5)).toBe(5);
  expect((await drafts.find({ pattern: '?' })).items.map((i) => i.key)).toEqual(['a', 'n']);
  expect([await drafts.remove('n'), await drafts.remove('n')]).toEqual([true, false]);
  await screen.findByText('n = 7');
});

test('a component adds and removes files of its plugin', async () => {
  const plugin = pluginApi('my-plugin');
  function Box() {
    const files = usePluginFiles(plugin);
    return (
      <>
        <input aria-label="Add" type="file" onChange={(e) => void files.add(e.target.files![0]!)} />
        {files.data?.map((f) => (
          <button key={f.id} onClick={() => void files.remove(f.id)}>
            {`${f.name} ${f.size} ${files.url(f)}`}
          </button>
        ))}
      </>
    );
  }
  const page = testPage({
    manifest,
    components: { MyPluginTab: Box },
    files: [{ id: 'f1', name: 'a.pdf' }],
  });
  render(<page.Slot {...place} />);
  await screen.findByText('a.pdf 0 /api/files/my-plugin/f1/content');
  await userEvent.upload(screen.getByLabelText('Add'), new File(['abc'], 'b.txt'));
  await userEvent.click(await screen.findByText('b.txt 3 /api/files/my-plugin/file-1/content'));
  await userEvent.click(screen.getByText(/^a.pdf/));
  await waitFor(() => expect(screen.queryByText(/content$/)).toBeNull());
});

test('a tab with a table of @mortise/ui, in German', async () => {
  const entry = {
    id: 'e1',
    technicianName: 'Tom',
    clockInTime: '2026-01-01T08:00:00Z',
    clockOutTime: '2026-01-01T09:30:00Z',
    status: 'completed',
  };
  const page = testPage({
    manifest: timeClockManifest,
    components: timeClock,
    language: 'de',
    routes: {
      'GET /api/plugins/time-clock/status/:technicianId': {
        isClockedIn: false,
        activeEntry: null,
        todayHours: 0,
      },
      'GET /api/plugins/time-clock/ticket-summary/:ticketId': {
        totalHours: 1.5,
        activeCount: 0,
        entries: [entry],
      },
    },
  });
  render(<page.Slot {...place} />);
  await screen.findByRole('button', { name: 'Einstempeln' });
  await screen.findByRole('table', { name: 'Zeiteinträge dieses Tickets' });
  await screen.findByRole('cell', { name: '1 h 30 min' });
});
