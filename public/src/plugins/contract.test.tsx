// @vitest-environment jsdom
/** The registry, the slots and what components are given there, with bundles that are already here. */
import createCache from '@emotion/cache';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { ComponentType, ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PluginUi, SlotEntry } from '../api/types';
import type { SharedProps } from './slots';

const PERSON = { id: 'u1', name: 'Ann', roles: ['Technician'], permissions: ['tickets:read'] };
vi.mock('../auth/session', () => ({
  useMe: () => PERSON,
  may: (me: typeof PERSON, permission: string) => me.permissions.includes(permission),
}));
type Raised = { type: string; data: Record<string, unknown> };
const handlers = new Map<string, (event: Raised) => void>();
const raise = (type: string, data: Raised['data'] = {}) => {
  for (const [types, handler] of handlers)
    if (types.split(' ').includes(type)) handler({ type, data });
};
vi.mock('../events/live', () => ({
  useEvents: (types: string[], handler: (event: Raised) => void) => {
    handlers.set(types.join(' '), handler);
  },
  useResync: () => {},
}));
vi.mock('../ui/themed', () => ({
  default: ({ children }: { children: ReactNode }) => children,
  layeredCache: () => createCache({ key: 'x' }),
}));
type Module = Record<string, unknown>;
const modules = new Map<string, Module>();
const loadBundle = vi.fn(async (ui: PluginUi) => modules.get(ui.bundleUrl)!);
const forgetBundle = vi.fn();
vi.mock('./bundle', () => ({
  loadBundle: (ui: PluginUi) => loadBundle(ui),
  forgetBundle: (url: string) => forgetBundle(url),
}));

const { clearQueries } = await import('../api/query');
const { PluginRegistryProvider } = await import('./registry');
const { PluginLoader } = await import('./loader');
const { PluginSlot } = await import('./slot');
const { contract } = await import('./contract');
const { usePluginModals } = await import('./modals');

const plugin = (key: string, slots: SlotEntry[], module: Module, more = {}) => {
  modules.set(`/${key}.js`, module);
  return {
    id: `id-${key}`,
    pluginKey: key,
    displayName: key,
    state: 'enabled',
    status: 'installed',
    ui: { bundleUrl: `/${key}.js`, integrity: 'x', globalName: `Plugin_${key}`, slots, ...more },
  };
};

const answer = vi.fn();
beforeEach(() => {
  vi.stubGlobal('fetch', (path: string) =>
    Promise.resolve(new Response(JSON.stringify(answer(path) ?? { items: [] }))),
  );
  loadBundle.mockClear();
});
afterEach(() => {
  cleanup();
  clearQueries();
  vi.unstubAllGlobals();
});

const page = (items: unknown[], children: ReactNode) => {
  answer.mockImplementation((path: string) => ({
    items: path === '/api/plugins/installations' ? items : [],
  }));
  return render(
    <PluginRegistryProvider>
      <PluginLoader />
      {children}
    </PluginRegistryProvider>,
  );
};

const said =
  (what: string): ComponentType =>
  () => <p>{what}</p>;
const tabs = (value?: string) => [
  {
    slotId: 'page.models.tabs',
    componentName: 'Tab',
    renderType: 'tab' as const,
    props: { label: 'Data', icon: 'Database', ...(value && { value }) },
  },
];

function Tabs({ active }: { active?: string }) {
  const { getPluginTabs } = contract.usePluginRegistry();
  return (
    <>
      <ul>
        {getPluginTabs('page.models.tabs').map((t) => (
          <li key={t.value}>{`${t.label}/${t.value}/${t.icon}`}</li>
        ))}
      </ul>
      {active && <PluginSlot id="page.models.tabs" activeTab={active} slotProps={{}} />}
    </>
  );
}

test('a bundle is loaded when one of its places is on the page, and not before', async () => {
  const items = [plugin('one', tabs(), { Tab: said('first') })];
  const { rerender } = page(items, <Tabs />);
  await screen.findByText('Data/one:Tab/Database');
  expect(loadBundle).not.toHaveBeenCalled();
  rerender(
    <PluginRegistryProvider>
      <PluginLoader />
      <Tabs active="one:Tab" />
    </PluginRegistryProvider>,
  );
  await screen.findByText('first');
  expect(loadBundle).toHaveBeenCalledOnce();
});

test('plugins that bring the same tab have one tab, and the first of them is drawn', async () => {
  page(
    [
      plugin('two', tabs('shared'), { Tab: said('of two') }),
      plugin('one', tabs('shared'), { Tab: said('of one') }),
      plugin('three', tabs(), { Tab: said('of three') }),
    ],
    <Tabs active="shared" />,
  );
  await screen.findByText('of one');
  expect(screen.getAllByRole('listitem').map((e) => e.textContent)).toEqual([
    'Data/shared/Database',
    'Data/three:Tab/Database',
  ]);
  expect(screen.queryByText('of two')).toBeNull();
});

test('the same raw component of several plugins is drawn once, of different libraries each', async () => {
  const raw = [
    { slotId: 'plugin.config', componentName: 'Panel', renderType: 'raw' as const, props: {} },
  ];
  const shared = { globalName: 'PluginShared' };
  page(
    [
      plugin('a', raw, { Panel: said('panel a') }, shared),
      plugin('b', raw, { Panel: said('panel b') }, shared),
      plugin('c', raw, { Panel: said('panel c') }),
    ],
    <PluginSlot id="plugin.config" slotProps={{} as never} />,
  );
  await screen.findByText('panel a');
  await screen.findByText('panel c');
  expect(screen.queryByText('panel b')).toBeNull();
});

const ACTIONS: SlotEntry[] = [
  { slotId: 'page.risks.actions', componentName: 'Item', renderType: 'menuitem' },
  { slotId: 'page.risks.actions', componentName: 'Import', renderType: 'modal', trigger: 'Item' },
];

interface ModalProps extends SharedProps {
  open: boolean;
  onClose: () => void;
}

/** What menu items and modals of the kind do. */
const importer = (name: string, calls: string) => ({
  Item: (p: SharedProps & { onMenuClose: () => void }) => (
    <button onClick={() => (p.onMenuClose(), p.onTriggerModal(calls))}>{`item ${name}`}</button>
  ),
  Import: (p: ModalProps) =>
    p.open ? (
      <div role="dialog">
        {`import ${name}`}
        <button onClick={p.onClose}>close</button>
        <button onClick={p.onImportComplete}>done</button>
      </div>
    ) : null,
});

function Actions({ onMenuClose }: { onMenuClose: () => void }) {
  const modals = usePluginModals();
  const shared = { slotProps: { onMenuClose }, modals };
  return (
    <>
      <PluginSlot id="page.risks.actions" renderType="menuitem" {...shared} />
      <PluginSlot id="page.risks.actions" renderType="modal" {...shared} />
    </>
  );
}

test.each(['Import', 'Item'])('a menu item opens its own plugin’s modal by %s', async (name) => {
  const closed = vi.fn();
  page(
    [plugin('one', ACTIONS, importer('one', name)), plugin('two', ACTIONS, importer('two', name))],
    <Actions onMenuClose={closed} />,
  );
  fireEvent.click(await screen.findByText('item two'));
  expect(closed).toHaveBeenCalledOnce();
  expect(screen.getByRole('dialog').textContent).toContain('import two');
  fireEvent.click(screen.getByText('close'));
  expect(screen.queryByRole('dialog')).toBeNull();
  fireEvent.click(screen.getByText('item one'));
  expect(screen.getByRole('dialog').textContent).toContain('import one');
});

test('when an import is complete the modal closes, and the page reads again', async () => {
  page([plugin('one', ACTIONS, importer('one', 'Import'))], <Actions onMenuClose={() => {}} />);
  fireEvent.click(await screen.findByText('item one'));
  answer.mockClear();
  fireEvent.click(screen.getByText('done'));
  expect(screen.queryByRole('dialog')).toBeNull();
  await waitFor(() => expect(answer).toHaveBeenCalledWith('/api/plugins/installations'));
});

test('a page may say itself whether a modal is open', async () => {
  const onClose = vi.fn();
  page(
    [plugin('one', ACTIONS, importer('one', 'Import'))],
    <PluginSlot
      id="page.risks.actions"
      renderType="modal"
      slotProps={{ onMenuClose: () => {}, open: true, onClose }}
    />,
  );
  await screen.findByRole('dialog');
  fireEvent.click(screen.getByText('close'));
  expect(onClose).toHaveBeenCalledOnce();
});

test('events of one installation are one read more', async () => {
  page([plugin('one', tabs(), { Tab: said('first') })], <Tabs />);
  await screen.findByText('Data/one:Tab/Database');
  answer.mockClear();
  act(() => ['PluginInstalled', 'PluginConfigured', 'PluginEnabled'].forEach((t) => raise(t)));
  await waitFor(() => expect(answer).toHaveBeenCalled());
  expect(answer.mock.calls).toEqual([['/api/plugins/installations']]);
});

test('bundles of plugins that one depends on come before its own', async () => {
  const needs = (...keys: string[]) => ({
    dependencies: keys.map((key) => ({ key, version: '*' })),
  });
  const items = [
    { ...plugin('top', tabs(), { Tab: said('top') }), ...needs('middle', 'base', 'gone') },
    { ...plugin('middle', tabs(), { Tab: said('middle') }), ...needs('base', 'top') },
    plugin('base', tabs(), { Tab: said('base') }),
  ];
  page(items, <Tabs active="top:Tab" />);
  await screen.findByText('top');
  const order = loadBundle.mock.calls.map(([ui]) => ui.bundleUrl);
  expect([...new Set(order)]).toEqual(['/base.js', '/middle.js', '/top.js']);
});

test('bundles are loaded anew when somebody asks for it: one plugin’s, or all', async () => {
  const items = ['one', 'two'].map((k) => plugin(k, tabs(), { Tab: said(`first ${k}`) }));
  page(items, <Tabs active="one:Tab" />);
  await screen.findByText('first one');
  act(() => raise('PluginsReloaded', { pluginKey: 'two' }));
  expect(forgetBundle.mock.calls).toEqual([['/two.js']]);
  expect(loadBundle).toHaveBeenCalledTimes(1);
  modules.set('/one.js', { Tab: said('second one') });
  act(() => raise('PluginsReloaded', { pluginKey: null }));
  await screen.findByText('second one');
});

test('the registry says what is installed, loads what is asked for, and takes it away again', async () => {
  let registry!: ReturnType<typeof contract.usePluginRegistry>;
  let one!: ReturnType<typeof contract.useIsPluginInstalled>;
  function Look() {
    registry = contract.usePluginRegistry();
    one = contract.useIsPluginInstalled('one');
    return <p>{registry.getComponentsForSlot('risk-dropdown-menu').length} components</p>;
  }
  page([plugin('one', ACTIONS, importer('one', 'Import'))], <Look />);
  await screen.findByText('2 components');
  expect(one).toEqual({ isInstalled: true, loading: false, installationId: 'id-one' });
  expect(registry.isPluginInstalled('one')).toBe(true);
  expect(registry.isPluginInstalled('two')).toBe(false);
  expect(registry.installedPlugins.map((p) => p.pluginKey)).toEqual(['one']);
  expect(registry.loadedComponents.get('page.risks.actions')).toHaveLength(2);
  await expect(registry.loadPluginUI('two')).rejects.toThrow('two is not enabled here');
  act(() => registry.unloadPlugin('one'));
  screen.getByText('0 components');
  await act(() => registry.refreshPlugins());
  screen.getByText('2 components');
  expect(contract.PLUGIN_SLOTS.RISKS_ACTIONS).toBe('page.risks.actions');
});
