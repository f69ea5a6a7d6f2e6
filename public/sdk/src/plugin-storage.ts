/**
 * The plugin's storage by key, from its components: namespaces that its manifest opens to pages, by `read` and
 * `write`. Shared by the company, unlike useStored().
 */
import { useCallback } from 'react';
import { api, ApiError, invalidate, useQuery } from './host';
import type { Answer } from './hooks';
import type { PluginApi } from './plugin-api';
import type { Json } from './types';

export interface Stored<T> {
  key: string;
  value: T;
  /** Changes with each write and never comes back; give it to `set` to write only over what was read. */
  version: number;
  updatedAt: string;
  expiresAt: string | null;
}
export interface StorageOptions {
  /** Seconds until it is gone. */
  ttl?: number;
  /** Only if it has this version still; 0 = only if it isn't there. Else it fails with 409. */
  version?: number;
}
export interface FormerVersion<T> {
  version: number;
  value: T;
  updatedAt: string;
  updatedBy: string | null;
  /** When it was replaced; null = it is the present one. */
  until: string | null;
}
export interface PluginStorage {
  /** null = there is none. */
  get<T extends Json>(key: string): Promise<Stored<T> | null>;
  /** Its new version. */
  set(key: string, value: Json, options?: StorageOptions): Promise<number>;
  /** All of them or none, at most 100. */
  setMany(items: readonly ({ key: string; value: Json } & StorageOptions)[]): Promise<void>;
  /** false = it wasn't there. */
  remove(key: string, options?: Pick<StorageOptions, 'version'>): Promise<boolean>;
  /** Adds to a whole number, which begins at 0; many may do so at once. */
  increment(key: string, by: number): Promise<number>;
  /** In the order of keys: by a pattern ("parts/*"), by a text in key or value, behind a cursor. */
  find<T extends Json>(options?: {
    pattern?: string;
    text?: string;
    cursor?: string | null;
    limit?: number;
  }): Promise<{ items: Stored<T>[]; nextCursor: string | null }>;
  versions<T extends Json>(key: string): Promise<FormerVersion<T>[]>;
  /** Stores a former version's value again. */
  restore(key: string, version: number): Promise<number>;
}

const at = (plugin: PluginApi, namespace: string) =>
  `/api/storage/${plugin.key}/${encodeURIComponent(namespace)}`;

const isMissing = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** A namespace of the plugin's storage: `pluginStorage(plugin, 'drafts').get('report')`. */
export function pluginStorage(plugin: PluginApi, namespace = 'default'): PluginStorage {
  const base = at(plugin, namespace);
  async function changing<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } finally {
      invalidate(base);
    }
  }
  return {
    async get<T>(key: string) {
      try {
        return await api.get<Stored<T>>(`${base}/value`, { query: { key } });
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    set: async (key, value, options = {}) =>
      (
        await changing(
          api.put<{ version: number }>(`${base}/value`, value, { query: { key, ...options } }),
        )
      ).version,
    setMany: async (items) => {
      await changing(api.post(base, { items }));
    },
    async remove(key, options = {}) {
      try {
        await changing(api.del(`${base}/value`, { query: { key, ...options } }));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    increment: async (key, by) =>
      (await changing(api.post<{ value: number }>(`${base}/increment`, { key, by }))).value,
    find: ({ pattern, text, cursor, limit } = {}) =>
      api.get(base, { query: { pattern, q: text, cursor, limit, values: true } }),
    versions: async <T>(key: string) =>
      (await api.get<{ items: FormerVersion<T>[] }>(`${base}/value/versions`, { query: { key } }))
        .items,
    restore: async (key, version) =>
      (
        await changing(
          api.post<{ version: number }>(`${base}/value/restore`, undefined, {
            query: { key, version },
          }),
        )
      ).version,
  };
}

export interface StoredAnswer<T extends Json> extends Answer<Stored<T> | null> {
  /** Writes over what is shown: who was faster makes it fail with 409. */
  set: (value: T, options?: Pick<StorageOptions, 'ttl'>) => Promise<void>;
  remove: () => Promise<void>;
}

/**
 * One value of the plugin's storage. Components that read the same share one request.
 *
 *   const draft = usePluginStorage<Draft>(plugin, 'drafts', `report/${month}`);
 *   <Editor value={draft.data?.value ?? EMPTY} onSave={(value) => draft.set(value)} />
 */
export function usePluginStorage<T extends Json>(
  plugin: PluginApi,
  namespace: string,
  key: string | null,
): StoredAnswer<T> {
  const answer = useQuery<Stored<T> | null>(
    key === null ? null : `${at(plugin, namespace)}?${key}`,
    () => pluginStorage(plugin, namespace).get<T>(key ?? ''),
  );
  const version = answer.data?.version ?? 0;
  const set = useCallback(
    async (value: T, options: Pick<StorageOptions, 'ttl'> = {}) => {
      await pluginStorage(plugin, namespace).set(key ?? '', value, { version, ...options });
    },
    [plugin, namespace, key, version],
  );
  const remove = useCallback(async () => {
    await pluginStorage(plugin, namespace).remove(key ?? '', { version });
  }, [plugin, namespace, key, version]);
  return { ...answer, set, remove };
}
