/** What plugins keep by key: calls of its administration. Answers are kept under "stored/", by plugin. */
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery, type Query } from '../api/query';
import type { Items } from '../api/types';
import type {
  DeletedItem,
  StorageItem,
  StorageSpace,
  StorageUse,
  StoredItem,
  StoredValue,
  StoredVersion,
} from './types';

const part = encodeURIComponent;
const at = (plugin: string, space: string, rest = '') =>
  `/api/storage/${part(plugin)}/${part(space)}${rest}`;
const kept = (plugin: string, rest: string) => `stored/${plugin}/${rest}`;

interface Page {
  items: StorageItem[];
  nextCursor: string | null;
}

/** A word is looked for in keys and values; with a star or a question mark it is a pattern of keys. */
const found = (search: string): Record<string, string> =>
  search === '' ? {} : /[*?]/.test(search) ? { pattern: search } : { q: search };

export const useStorageSpaces = (plugin: string): Query<StorageUse> =>
  useQuery<StorageUse>(kept(plugin, 'spaces'), (signal) =>
    api.get(`/api/storage/${part(plugin)}`, { signal }),
  );

/** Pages in their order, as far as they were asked for. */
export function useStored(plugin: string, space: string, search: string, limit: number) {
  const [pages, setPages] = useState({ search, n: 1 });
  const n = pages.search === search ? pages.n : 1;
  const answer = useQuery<Page>(kept(plugin, `list/${space}/${n}/${search}`), async (signal) => {
    const items: StorageItem[] = [];
    let cursor: string | null = null;
    for (let i = 0; i < n; i++) {
      const query: Record<string, string | number> = { limit, ...found(search) };
      if (cursor !== null) query['cursor'] = cursor;
      const page: Page = await api.get<Page>(at(plugin, space), { query, signal });
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    return { items, nextCursor: cursor };
  });
  const more = answer.data?.nextCursor ? () => setPages({ search, n: n + 1 }) : null;
  return { ...answer, more };
}

export const useStoredValue = (plugin: string, space: string, key: string | null) =>
  useQuery<StoredValue>(key === null ? null : kept(plugin, `value/${space}/${key}`), (signal) =>
    api.get(at(plugin, space, '/value'), { query: { key: key ?? '' }, signal }),
  );
export const useVersions = (plugin: string, space: string, key: string) =>
  useQuery<Items<StoredVersion>>(kept(plugin, `versions/${space}/${key}`), (signal) =>
    api.get(at(plugin, space, '/value/versions'), { query: { key }, signal }),
  );

export const useDeleted = (plugin: string, space: string | null) =>
  useQuery<Items<DeletedItem>>(space === null ? null : kept(plugin, `deleted/${space}`), (signal) =>
    api.get(at(plugin, space ?? '', '/deleted'), { signal }),
  );

async function changing<T>(plugin: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } finally {
    invalidate(kept(plugin, ''));
  }
}

export const storeValue = (
  plugin: string,
  space: string,
  key: string,
  value: unknown,
  options: { version: number; ttl?: number },
) => changing(plugin, api.put(at(plugin, space, '/value'), value, { query: { key, ...options } }));
export const storeItems = (plugin: string, space: string, items: readonly StoredItem[]) =>
  changing(plugin, api.post(at(plugin, space), { items }));
export const deleteStored = (plugin: string, space: string, key: string) =>
  changing(plugin, api.del(at(plugin, space, '/value'), { query: { key } }));
export const restoreStored = (plugin: string, space: string, key: string, version: number) =>
  changing(
    plugin,
    api.post(at(plugin, space, '/value/restore'), undefined, { query: { key, version } }),
  );
export const clearStorage = (plugin: string, space: StorageSpace['name']) =>
  changing(plugin, api.del(at(plugin, space)));

/** Everything of a namespace with its whole values, a page after the other. */
export async function* storedPages(plugin: string, space: string): AsyncGenerator<StorageItem[]> {
  let cursor: string | null = null;
  do {
    const query: Record<string, string | number | boolean> = { limit: 100, values: true };
    if (cursor !== null) query['cursor'] = cursor;
    const page: Page = await api.get<Page>(at(plugin, space), { query });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
