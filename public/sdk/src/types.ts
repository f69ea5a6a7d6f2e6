/** Names that a manifest and a component share. */

import type { CorePermission } from './slots';

/** One that a plugin defines itself (`definesPermissions`), by its full name. */
export type OwnPermission<Key extends string = string> = `${Key}:${string}`;
export type Permission = CorePermission | OwnPermission;

/** What can be sent as JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** What a request of ApiServices may say. */
export interface ServiceConfig {
  params?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds. */
  timeout?: number;
  responseType?: 'json' | 'text' | 'blob' | 'arraybuffer';
  /** The body of a delete. */
  data?: unknown;
}

export interface ServiceReply<T> {
  data: T;
  status: number;
  statusText: string;
  /** Names in small letters. */
  headers: Record<string, string>;
  config: ServiceConfig;
}

/** The signed-in person's requests in the shape of axios; what is thrown has a `response` like that. */
export interface ApiServices {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- components that were written for axios name no type
  get<T = any>(path: string, config?: ServiceConfig): Promise<ServiceReply<T>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  post<T = any>(path: string, body?: unknown, config?: ServiceConfig): Promise<ServiceReply<T>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  put<T = any>(path: string, body?: unknown, config?: ServiceConfig): Promise<ServiceReply<T>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  patch<T = any>(path: string, body?: unknown, config?: ServiceConfig): Promise<ServiceReply<T>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  delete<T = any>(path: string, config?: ServiceConfig): Promise<ServiceReply<T>>;
}
