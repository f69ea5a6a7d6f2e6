/** What the platform has ready in the browser (the global `Mortise`); host.ts hands it on. */
import type { ReactElement, ReactNode } from 'react';

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
}
export function useMe(): Me;

export interface MtEvent<T = Record<string, unknown>> {
  channel: string;
  seq: number;
  type: string;
  data: T;
  at: string;
}
/** Calls the handler for each event of these types ("*": all), once and in order. */
export function useEvents(
  types: string | readonly string[],
  handler: (event: MtEvent) => void,
): void;

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

/** Goes to a page of the app. */
export function navigate(to: string, options?: { replace?: boolean }): void;

/** Shows its children only while another plugin is installed and enabled. */
export function PluginGate(props: {
  pluginKey: string;
  children: ReactNode;
  fallback?: ReactNode;
  loading?: ReactNode;
}): ReactElement;

export const version: string;
