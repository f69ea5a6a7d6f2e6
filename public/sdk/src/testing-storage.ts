/** A plugin's storage by key for tests of components: in memory, with versions, as the server answers. */
import type { Json } from './types';

interface Kept {
  value: Json;
  version: number;
}
export type TestStorage = Record<string, Record<string, Json>>;
type Fail = (status: number, detail: string) => Error;

const AT = '2026-01-01T08:00:00.000Z';

export function testStorage(first: TestStorage, fail: Fail) {
  let last = 0;
  const spaces = new Map<string, Map<string, Kept>>();
  for (const [name, values] of Object.entries(first))
    spaces.set(
      name,
      new Map(Object.entries(values).map(([key, value]) => [key, { value, version: ++last }])),
    );

  const shown = (key: string, { value, version }: Kept) => ({
    key,
    value,
    version,
    updatedAt: AT,
    expiresAt: null,
  });
  function put(space: Map<string, Kept>, key: string, value: Json, expected: unknown) {
    if (expected !== undefined && Number(expected) !== (space.get(key)?.version ?? 0))
      throw fail(409, `Somebody else has changed "${key}": read it again, and try again`);
    space.set(key, { value, version: ++last });
    return { key, version: last };
  }
  const like = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.')}$`,
      's',
    );

  /** undefined = no request of the storage. */
  return (method: string, path: string, query: Record<string, unknown>, body: unknown): unknown => {
    const [, name, rest] = /^\/api\/storage\/[^/]+\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    if (name === undefined) return undefined;
    const space = spaces.get(decodeURIComponent(name));
    if (!space) throw fail(403, `The test has no namespace ${name}`);
    const key = String(query['key'] ?? '');
    const has = space.get(key);
    switch (`${method} ${rest ?? ''}`) {
      case 'GET /value':
        if (!has) throw fail(404, 'There is no value under this key');
        return shown(key, has);
      case 'PUT /value':
        return put(space, key, body as Json, query['version']);
      case 'DELETE /value':
        if (!has) throw fail(404, 'There is no value under this key');
        space.delete(key);
        return null;
      case 'POST ': {
        const old = new Map(space);
        try {
          return {
            items: (body as { items: { key: string; value: Json; version?: number }[] }).items.map(
              (i) => put(space, i.key, i.value, i.version),
            ),
          };
        } catch (error) {
          space.clear();
          for (const [k, v] of old) space.set(k, v);
          throw error;
        }
      }
      case 'POST /increment': {
        const { key: its, by } = body as { key: string; by: number };
        const value = Number(space.get(its)?.value ?? 0) + by;
        put(space, its, value, undefined);
        return { value };
      }
      case 'GET ': {
        const pattern = query['pattern'] === undefined ? null : like(String(query['pattern']));
        const text = String(query['q'] ?? '').toLowerCase();
        const items = [...space]
          .filter(([k]) => !pattern || pattern.test(k))
          .filter(([k, v]) => `${k} ${JSON.stringify(v.value)}`.toLowerCase().includes(text))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([k, v]) => shown(k, v));
        return { items, nextCursor: null };
      }
      case 'GET /value/versions':
        return { items: has ? [{ ...shown(key, has), updatedBy: null, until: null }] : [] };
      default:
        throw fail(404, `The test's storage has no ${method} ${rest ?? ''}`);
    }
  };
}
