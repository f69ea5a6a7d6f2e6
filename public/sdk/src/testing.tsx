/**
 * A page for the tests of components, without a server: a registry of one plugin, and the platform's functions,
 * which call routes that the test answers. Import it before the components; React and MUI are the real ones.
 *
 *   import { testPage } from '@mortise/sdk/testing';
 *   import * as components from './index';
 *
 *   const page = testPage({ manifest, components, routes: { 'GET /api/plugins/parts/list': { items: [] } } });
 *   render(<page.Slot id="ticket.tabs" slotProps={{ ticketId: 't1', technicianId: 'p1' }} />);
 */
import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ComponentType,
  type ReactElement,
  type ReactNode,
} from 'react';
import type * as Platform from './platform';
import {
  SLOT_ALIASES,
  SLOT_RENDER_TYPES,
  type ModalProps,
  type RenderType,
  type SharedProps,
  type SlotId,
  type SlotProps,
} from './slots';
import { testKit } from './testing-kit';
import type { PluginFile } from './plugin-files';
import { testFile, testFiles } from './testing-files';
import { testStorage, type TestStorage } from './testing-storage';
import type { ApiServices, ServiceConfig } from './types';

export interface TestRequest {
  method: string;
  path: string;
  /** Values of the route's `:name`s. */
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
}
/** What a route answers, or a function that does; what it throws reaches the component: `problem(404, '...')`. */
export type TestAnswer = unknown;

interface Manifest {
  key?: string;
  displayName?: string;
  definesPermissions?: { name: string }[];
  ticketTabs?: {
    id?: string;
    label?: string;
    icon?: string;
    component: string;
    permission?: string;
  }[];
  pages?: { path: string; title: string; component: string; permission?: string }[];
  widgets?: {
    id: string;
    title: string;
    component: string;
    size?: 'small' | 'wide';
    initial?: boolean;
    permission?: string;
  }[];
  ui?: {
    slots?: {
      slotId: string;
      componentName: string;
      renderType: string;
      trigger?: string;
      props?: Record<string, unknown>;
      permission?: string;
    }[];
  };
}

export interface TestPageOptions {
  manifest?: Manifest;
  /** What the bundle exports. */
  components?: object;
  /** By method and path: "GET /api/plugins/parts/list/:id". */
  routes?: Record<string, TestAnswer>;
  /** Who is signed in; by itself somebody who may do all that the manifest defines. */
  me?: Partial<Platform.Me>;
  /** What the plugin's storage has at first, by namespace and key: it works as the server's. */
  storage?: TestStorage;
  /** Which files the plugin keeps at first: added and removed as the server does it, without their bytes. */
  files?: readonly (Partial<PluginFile> & { id: string })[];
  /** Of the person; by itself English. */
  language?: 'en' | 'de';
}

export interface TestPage {
  /** Every request, in its order. */
  requests: TestRequest[];
  toasts: Platform.ToastInput[];
  /** Where it went. */
  visited: string[];
  /** As if the server had raised this event. */
  raise: (type: string, data?: Record<string, unknown>) => void;
  /** As if the plugin had, by mt_emit(). */
  emit: (name: string, data?: Record<string, unknown>, entity?: string) => void;
  /** As if another person came, typed or left where usePresence() looks. */
  present: (person: Partial<Platform.PresencePush> & { entity: string; userId: string }) => void;
  /** Draws the plugin's components of a slot, with the props that the app gives them. */
  Slot: <S extends SlotId>(props: TestSlotProps<S>) => ReactElement;
}

export interface TestSlotProps<S extends SlotId> {
  id: S;
  slotProps: SlotProps[S];
  renderType?: RenderType;
}

class TestError extends Error {
  readonly retryAfter = null;
  constructor(readonly problem: Platform.Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
  }
  get status() {
    return this.problem.status;
  }
  get kind() {
    return this.problem.type.split('/').pop() ?? '';
  }
  field(name: string) {
    return this.problem.errors?.find((e) => e.pointer === `/${name}`)?.detail;
  }
}

/** What a route throws as the server does. */
export const problem = (
  status: number,
  detail: string,
  more: Partial<Platform.Problem> = {},
): Error => new TestError({ type: '/problems/test', title: detail, status, detail, ...more });

const PERSON: Platform.Me = {
  id: 'person-1',
  email: 'ann@example.com',
  name: 'Ann',
  tenant: 'test',
  tenantId: 1,
  tenantName: 'Test',
  timeZone: 'UTC',
  roles: ['Technician'],
  permissions: ['tickets:read', 'tickets:write', 'users:read', 'notifications:send'],
};

interface Item {
  slotId: string;
  componentName: string;
  renderType: RenderType;
  trigger: string | null;
  props: Record<string, unknown>;
  permission: string | null;
}

function itemsOf(manifest: Manifest): Item[] {
  const slots = (manifest.ui?.slots ?? []).map((s) => ({
    slotId: SLOT_ALIASES[s.slotId] ?? s.slotId,
    componentName: s.componentName,
    renderType: (s.renderType === 'menu-item' ? 'menuitem' : s.renderType) as RenderType,
    trigger: s.trigger ?? null,
    props: s.props ?? {},
    permission: s.permission ?? null,
  }));
  const tabs = (manifest.ticketTabs ?? []).map(({ id, label, icon, component, permission }) => ({
    slotId: 'ticket.tabs',
    componentName: component,
    renderType: 'tab' as const,
    trigger: null,
    props: { id, label, icon },
    permission: permission ?? null,
  }));
  const pages = (manifest.pages ?? []).map(({ path, title, component, permission }) => ({
    slotId: 'plugin.page',
    componentName: component,
    renderType: 'page' as const,
    trigger: null,
    props: { path, title },
    permission: permission ?? null,
  }));
  const widgets = (manifest.widgets ?? []).map((w) => ({
    slotId: 'dashboard.widgets',
    componentName: w.component,
    renderType: 'widget' as const,
    trigger: null,
    props: { id: w.id, title: w.title, size: w.size ?? 'small', initial: w.initial ?? false },
    permission: w.permission ?? null,
  }));
  return [...slots, ...tabs, ...pages, ...widgets];
}

/** A value that components follow. */
function store<T>(first: T) {
  let value = first;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    set(next: T) {
      value = next;
      listeners.forEach((l) => l());
    },
    get: () => value,
    use: () => useSyncExternalStore(subscribe, () => value),
  };
}

let options: TestPageOptions = {};
let stored = testStorage({}, problem);
let kept = testFiles([], problem);
let page: Omit<TestPage, 'Slot'> = {
  requests: [],
  toasts: [],
  visited: [],
  raise: () => {},
  emit: () => {},
  present: () => {},
};
const openModal = store<string | null>(null);
const asked = store(0);
const pushed = new Set<(data: Platform.PresencePush) => void>();
const handlers = new Set<(event: Platform.MtEvent) => void>();

const me = (): Platform.Me => {
  const own = (options.manifest?.definesPermissions ?? []).map(
    (p) => `${options.manifest?.key ?? ''}:${p.name}`,
  );
  return { ...PERSON, permissions: [...PERSON.permissions, ...own], ...options.me };
};

/** The route's parameters where it has this path. */
function match(route: string, path: string): Record<string, string> | null {
  const [wanted, found] = [route.split('/'), path.split('/')];
  if (wanted.length !== found.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(found[i]!);
    else if (part !== found[i]) return null;
  }
  return params;
}

async function request(
  method: string,
  path: string,
  body: unknown,
  query: Record<string, unknown> = {},
): Promise<unknown> {
  for (const [name, answer] of Object.entries(options.routes ?? {})) {
    const [its, route = ''] = name.split(' ');
    const params = its === method ? match(route, path) : null;
    if (!params) continue;
    const call = { method, path, params, query, body };
    page.requests.push(call);
    return typeof answer === 'function'
      ? await (answer as (r: TestRequest) => unknown)(call)
      : answer;
  }
  page.requests.push({ method, path, params: {}, query, body });
  const double = /^\/api\/files\//.test(path)
    ? options.files && kept(method, path, body)
    : options.storage && stored(method, path, query, body);
  if (double !== undefined) return double;
  throw problem(404, `The test answers no ${method} ${path}`);
}

const api: typeof Platform.api = {
  get: (path, o) => request('GET', path, undefined, o?.query) as never,
  post: (path, body, o) => request('POST', path, body, o?.query) as never,
  put: (path, body, o) => request('PUT', path, body, o?.query) as never,
  patch: (path, body, o) => request('PATCH', path, body, o?.query) as never,
  del: (path, o) => request('DELETE', path, undefined, o?.query) as never,
};

async function service(method: string, path: string, body: unknown, config: ServiceConfig = {}) {
  const reply = (status: number, data: unknown) => ({
    data: data as never,
    status,
    statusText: '',
    headers: {},
    config,
  });
  try {
    const full = `/api/${path.replace(/^\//, '').replace(/^api\//, '')}`;
    return reply(200, await request(method, full, body, config.params));
  } catch (error) {
    if (error instanceof TestError)
      throw Object.assign(error, { response: reply(error.status, error.problem) });
    throw error;
  }
}
const apiServices: ApiServices = {
  get: (path, config) => service('GET', path, undefined, config),
  post: (path, body, config) => service('POST', path, body, config),
  put: (path, body, config) => service('PUT', path, body, config),
  patch: (path, body, config) => service('PATCH', path, body, config),
  delete: (path, config) => service('DELETE', path, config?.data, config),
};

const useQuery: typeof Platform.useQuery = <T,>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
) => {
  const round = asked.use();
  const [state, setState] = useState<{ data?: T; error: TestError | null; loading: boolean }>({
    error: null,
    loading: key !== null,
  });
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data, error: null, loading: false }),
      (error: TestError) =>
        !abort.signal.aborted && setState((old) => ({ ...old, error, loading: false })),
    );
    return () => abort.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key names everything that it depends on
  }, [key, round]);
  const refresh = () => asked.set(asked.get() + 1);
  return { data: state.data, error: state.error as never, loading: state.loading, refresh };
};

const toast = (input: Platform.ToastInput | string) =>
  page.toasts.push(typeof input === 'string' ? { title: input } : input);

function useItems(id: string, renderType?: RenderType): Item[] {
  return itemsOf(options.manifest ?? {}).filter(
    (item) =>
      item.slotId === (SLOT_ALIASES[id] ?? id) &&
      (!renderType || item.renderType === renderType) &&
      (!item.permission || me().permissions.includes(item.permission)),
  );
}

const isOpen = (item: Item, name: string | null) =>
  name !== null && (item.componentName === name || item.trigger === name);

/** Of a page: where the test says that one is. */
const Here = createContext<SlotProps['plugin.page'] | null>(null);

const standsAt = (item: Item, path: string): boolean => {
  const own = String(item.props.path);
  const below = own.endsWith('/*') ? own.slice(0, -1) : null;
  return below === null ? match(own, path) !== null : `${path}/`.startsWith(below);
};

const urlOf = (to: string) => `/x/${options.manifest?.key ?? 'test'}${to === '/' ? '' : to}`;

function Slot<S extends SlotId>({ id, slotProps, renderType }: TestSlotProps<S>): ReactElement {
  const at = id === 'plugin.page' ? (slotProps as SlotProps['plugin.page']) : null;
  const items = useItems(id, renderType).filter((i) => !at || standsAt(i, at.path));
  const modal = openModal.use();
  const shared = useMemo<SharedProps>(
    () => ({
      apiServices,
      onToast: ({ variant, title, body, message }) =>
        toast({ title: title ?? '', message: body ?? message, tone: variant as never }),
      onTriggerModal: (name) => openModal.set(name),
      onImportComplete: () => asked.set(asked.get() + 1),
    }),
    [],
  );
  return (
    <Here.Provider value={at}>
      {items.map((item) => {
        const Component = (
          options.components as Record<string, ComponentType<object>> | undefined
        )?.[item.componentName];
        if (!Component)
          throw new Error(
            `${item.slotId} wants ${item.componentName}, which the bundle doesn't export`,
          );
        if (!SLOT_RENDER_TYPES[id].includes(item.renderType))
          throw new Error(`${id} has no ${item.renderType}: ${SLOT_RENDER_TYPES[id].join(', ')}`);
        const own: Partial<ModalProps> =
          item.renderType === 'modal'
            ? { open: isOpen(item, modal), onClose: () => openModal.set(null) }
            : {};
        return (
          <Component key={item.componentName} {...item.props} {...shared} {...own} {...slotProps} />
        );
      })}
    </Here.Provider>
  );
}

const installed = (key: string) => key === options.manifest?.key;

/** What host.ts takes from the page. */
const platform: typeof Platform = {
  version: '0.0.0-test',
  api,
  apiServices,
  ApiError: TestError as never,
  upload: (path, files) => request('POST', path, files) as never,
  download: async (path) => void (await request('GET', path, undefined)),
  useMe: me,
  useEvents: (types, handler) => {
    const list = typeof types === 'string' ? [types] : types;
    useEffect(() => {
      const hear = (event: Platform.MtEvent) =>
        (list.includes('*') || list.includes(event.type)) && handler(event);
      handlers.add(hear);
      return () => void handlers.delete(hear);
    });
  },
  onPush: (_, listener) => {
    pushed.add(listener);
    return () => void pushed.delete(listener);
  },
  useConnection: () => 'live',
  useQuery,
  invalidate: () => asked.set(asked.get() + 1),
  toast,
  // English, and a company whose clock is UTC: the same on each machine.
  formatDate: (at, how) => new Intl.DateTimeFormat('en', { timeZone: 'UTC', ...how }).format(at),
  formatNumber: (n, how) => new Intl.NumberFormat('en', how).format(n),
  formatDay: (day, how) =>
    new Intl.DateTimeFormat('en', { ...how, timeZone: 'UTC' }).format(new Date(day)),
  dayAt: (at) => at.toISOString().slice(0, 10),
  companyDayAt: (at) => at.toISOString().slice(0, 10),
  useLanguage: () => options.language ?? 'en',
  uiTexts: () => ({ loading: 'Loading', retry: 'Try again', failed: 'That did not work' }),
  navigate: (to) => void page.visited.push(to),
  PluginGate: ({
    pluginKey,
    children,
    fallback = null,
  }: {
    pluginKey: string;
    children: ReactNode;
    fallback?: ReactNode;
  }) => <>{installed(pluginKey) ? children : fallback}</>,
  PLUGIN_SLOTS: Object.fromEntries(
    (Object.keys(SLOT_RENDER_TYPES) as SlotId[]).map((id) => [
      id.toUpperCase().replaceAll('.', '_'),
      id,
    ]),
  ),
  PluginSlot: Slot as never,
  usePluginPath: () => {
    const here = useContext(Here);
    return {
      path: here?.path ?? null,
      params: here?.params ?? {},
      query: new URLSearchParams(),
      url: urlOf,
      go: (to) => void page.visited.push(urlOf(to)),
    };
  },
  PluginLink: ({ to, children, ...rest }) => (
    <a {...rest} href={urlOf(to)}>
      {children}
    </a>
  ),
  usePluginRegistry: () => ({
    installedPlugins: [],
    isLoading: false,
    loadedComponents: new Map(),
    getComponentsForSlot: () => [],
    getPluginTabs: () => [],
    isPluginInstalled: installed,
    refreshPlugins: async () => {},
    loadPluginUI: async () => {},
    unloadPlugin: () => {},
  }),
  useIsPluginInstalled: (key) => ({
    isInstalled: installed(key),
    loading: false,
    installationId: null,
  }),
  usePlugins: () => ({ plugins: [], loading: false, error: null, refetch: () => {} }),
  usePluginInstallation: () => {
    throw new Error('Installing plugins is not part of the test page');
  },
};
Object.assign(globalThis, { Mortise: platform, MortiseUI: testKit(api.get, asked.use) });

/** A fresh page: what a test before it did is forgotten. */
export function testPage(wanted: TestPageOptions = {}): TestPage {
  let seq = 0;
  options = wanted;
  stored = testStorage(wanted.storage ?? {}, problem);
  kept = testFiles((wanted.files ?? []).map(testFile), problem);
  handlers.clear();
  pushed.clear();
  openModal.set(null);
  page = {
    requests: [],
    toasts: [],
    visited: [],
    raise: (type, data = {}) => {
      const event = { channel: 't:1', seq: ++seq, type, data, at: new Date().toISOString() };
      [...handlers].forEach((hear) => hear(event));
    },
    emit: (name, data = {}, entity = undefined) =>
      page.raise(`${wanted.manifest?.key ?? ''}.${name}`, { data, entity: entity ?? null }),
    present: (person) =>
      [...pushed].forEach((hear) =>
        hear({ name: person.userId, here: true, typing: false, ...person }),
      ),
  };
  return { ...page, Slot };
}
