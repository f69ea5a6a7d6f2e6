/** What the platform has ready in the browser (the global `Mortise`); host.ts hands it on. */
import type { ComponentProps, ComponentType, ReactElement, ReactNode } from 'react';
import type { PropsOf, RenderType, SlotId } from './slots';
import type { ApiServices } from './types';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  requestId?: string;
  errors?: { pointer?: string; detail: string }[];
  /** What the server adds to problems of this type, by name. */
  more?: Record<string, unknown>;
}

/** What api throws: the server's problem+json; status 0 when the server was not reached. */
export class ApiError extends Error {
  readonly problem: Problem;
  readonly retryAfter: number | null;
  get status(): number;
  /** The last part of the problem's type: "plugin-disabled", "network", ... */
  get kind(): string;
  field(name: string): string | undefined;
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds. */
  deadline?: number;
}

/** The signed-in person's requests. Own routes are under /api/plugins/<key>/. */
export const api: {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  post<T>(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  put<T>(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  patch<T>(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  del<T = void>(path: string, options?: RequestOptions): Promise<T>;
};

/** Saves what a route answers as a file; the server's name for it, unless one is given. */
export function download(
  path: string,
  name?: string,
  options?: Pick<RequestOptions, 'query' | 'signal'>,
): Promise<void>;

/** Sends files by their fields as multipart/form-data. */
export function upload<T>(
  path: string,
  files: Record<string, File>,
  options?: { onShare?: (share: number) => void; signal?: AbortSignal },
): Promise<T>;

export interface Me {
  id: string;
  email: string;
  name: string;
  tenant: string;
  tenantId: number;
  tenantName: string;
  roles: string[];
  /** Core ones, and plugins' own by their full name: "time-clock:clock". */
  permissions: string[];
  /** In which the company's days begin and end: Europe/Berlin. */
  timeZone: string;
}
export function useMe(): Me;

export interface MtEvent<T = Record<string, unknown>> {
  channel: string;
  seq: number;
  type: string;
  data: T;
  at: string;
}
/** Calls the handler for each event of these types ("*": the core's and the plugin's own), once and in order. */
export function useEvents(
  types: string | readonly string[],
  handler: (event: MtEvent) => void,
): void;

export interface PresencePush {
  entity: string;
  userId: string;
  name: string;
  here: boolean;
  typing: boolean;
}
/** What is pushed of a plugin's presence; usePresence() follows it. */
export function onPush(pluginKey: string, listener: (data: PresencePush) => void): () => void;

export function useConnection(): 'connecting' | 'live' | 'offline' | 'stopped';

/** Cached reading: mounted readers of a key share one answer; invalidate() asks again. */
export function useQuery<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
): { data: T | undefined; error: ApiError | null; loading: boolean; refresh: () => void };
export function invalidate(prefix: string): void;

export interface ToastInput {
  title: string;
  message?: string;
  icon?: string;
  tone?: 'info' | 'success' | 'warning' | 'error';
  url?: string | null;
}
export function toast(input: ToastInput | string): number;

/** A moment, in the person's language and by the person's clock. */
export function formatDate(at: Date, options: Intl.DateTimeFormatOptions): string;
/** A number, as the person writes it. */
export function formatNumber(n: number, options?: Intl.NumberFormatOptions): string;
/** A day, yyyy-mm-dd, as the person writes it: the same one everywhere. */
export function formatDay(day: string, options: Intl.DateTimeFormatOptions): string;
/** The person's day at a moment, yyyy-mm-dd. */
export function dayAt(at: Date): string;
/** The company's day at a moment: for what is counted by its days. */
export function companyDayAt(at: Date): string;
/** The person's language; a component that calls it is drawn again in a new one. */
export function useLanguage(): 'en' | 'de';
/** Words of every view, in the person's language. */
export function uiTexts(): { loading: string; retry: string; failed: string };

/** Goes to a page of the app. */
export function navigate(to: string, options?: { replace?: boolean }): void;

/** Shows its children only while another plugin is installed and enabled. */
export function PluginGate(props: {
  pluginKey: string;
  children: ReactNode;
  fallback?: ReactNode;
  loading?: ReactNode;
}): ReactElement;

/** The person's requests in the shape of axios; components get it as a prop, too. */
export const apiServices: ApiServices;

/** A plugin that is installed here. */
export interface PluginInstallation {
  id: string;
  pluginKey: string;
  version: string;
  displayName: string;
  state: 'installing' | 'enabled' | 'disabled' | 'removing';
  status: 'installing' | 'installed' | 'failed' | 'uninstalling';
}

export interface PluginComponent {
  pluginKey: string;
  slotId: string;
  componentName: string;
  renderType: RenderType;
  props: Record<string, unknown>;
  trigger: string | null;
  Component: ComponentType<Record<string, unknown>> | null;
}

export interface PluginTab {
  pluginKey: string;
  label: string;
  /** The same for all plugins that share the tab. */
  value: string;
  icon?: string;
}

/** Slots by their names in capitals: PLUGIN_SLOTS.TICKET_TABS. */
export const PLUGIN_SLOTS: Readonly<Record<string, SlotId>>;

export function usePluginRegistry(): {
  installedPlugins: readonly PluginInstallation[];
  isLoading: boolean;
  loadedComponents: ReadonlyMap<string, PluginComponent[]>;
  /** Those whose bundle is loaded; asking for them loads it. */
  getComponentsForSlot: (slot: string) => PluginComponent[];
  getPluginTabs: (slot: string) => PluginTab[];
  isPluginInstalled: (pluginKey: string) => boolean;
  refreshPlugins: () => Promise<void>;
  /** Loads the bundle of an installed plugin before one of its places is on the page. */
  loadPluginUI: (pluginKey: string) => Promise<void>;
  /** Takes its components out of this page until something changes. */
  unloadPlugin: (pluginKey: string) => void;
};

export function useIsPluginInstalled(pluginKey: string): {
  /** And enabled. */
  isInstalled: boolean;
  loading: boolean;
  installationId: string | null;
};

/** The marketplace, for people who manage plugins. */
export function usePlugins(category?: string): {
  plugins: readonly {
    key: string;
    category?: string;
    installationId?: string;
    installationStatus?: PluginInstallation['status'];
    [name: string]: unknown;
  }[];
  loading: boolean;
  error: string | null;
  refetch: () => void;
};

export function usePluginInstallation(): {
  /** The permissions are those that the person has consented to. */
  install: (pluginKey: string, permissions?: readonly string[]) => Promise<PluginInstallation>;
  uninstall: (installationId: string) => Promise<void>;
  isInstalling: (pluginKey: string) => boolean;
  isUninstalling: (installationId: string) => boolean;
};

/** Where one is among the plugin's own pages, and how to go to another. */
export interface PluginPath {
  /** Below /x/<key>, such as /items/17; null where the component isn't on a page of the plugin. */
  path: string | null;
  /** Values of the :names in the page's path. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The address of a page of the plugin: url('/items/17') is /x/parts/items/17. */
  url: (path: string) => string;
  /** Goes to a page of the plugin, from any place of the app. */
  go: (path: string, options?: { replace?: boolean }) => void;
}
export function usePluginPath(): PluginPath;

/** A link to a page of the plugin: <PluginLink to="/items/17">. */
export function PluginLink(
  props: { to: string; children?: ReactNode } & Omit<ComponentProps<'a'>, 'href'>,
): ReactElement;

/** Draws what plugins have for a slot, for instance inside of a page of one's own. */
export function PluginSlot<S extends SlotId>(props: {
  id: S;
  slotProps: Omit<PropsOf<S>, 'apiServices' | 'onToast' | 'onTriggerModal' | 'onImportComplete'>;
  renderType?: RenderType;
  activeTab?: string;
  pluginKey?: string;
  wrapper?: ComponentType<{ children: ReactNode }>;
  fallback?: ReactNode;
}): ReactElement;

export const version: string;
