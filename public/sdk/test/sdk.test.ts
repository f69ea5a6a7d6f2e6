/** The parts of the SDK that need no page: addresses of own routes, and the words for an error. */
import { beforeAll, expect, test, vi } from 'vitest';
import { ApiError } from '../../src/api/client';

const calls: unknown[][] = [];
const called =
  (method: string) =>
  (...args: unknown[]) => {
    calls.push([method, ...args]);
    return Promise.resolve(null);
  };
const invalidate = vi.fn();
let sdk: typeof import('../src/plugin-api');

beforeAll(async () => {
  const api = Object.fromEntries(['get', 'post', 'put', 'patch', 'del'].map((m) => [m, called(m)]));
  vi.stubGlobal('Mortise', { api, ApiError, invalidate });
  sdk = await import('../src/plugin-api');
});

test('values of a path are written so that they stay one segment', () => {
  const plugin = sdk.pluginApi('parts');
  expect(plugin.url('/a/:id/b/:name', { id: 7, name: 'x/../y ?#' })).toBe(
    '/api/plugins/parts/a/7/b/x%2F..%2Fy%20%3F%23',
  );
});

test('a missing value is an error of the author', () => {
  expect(() => sdk.pluginApi('parts').url('/a/:id', { di: 1 })).toThrow('no value for :id');
});

test('each method reaches its route with body and options', async () => {
  const plugin = sdk.pluginApi('parts');
  await plugin.get('/a/:id', { id: 1 }, { query: { q: 'x' } });
  await plugin.post('/a', { name: 'n' });
  await plugin.put('/a/:id', { name: 'n' }, { id: 2 });
  await plugin.patch('/a/:id', {}, { id: 3 });
  await plugin.del('/a/:id', { id: 4 });
  expect(calls).toEqual([
    ['get', '/api/plugins/parts/a/1', { query: { q: 'x' } }],
    ['post', '/api/plugins/parts/a', { name: 'n' }, undefined],
    ['put', '/api/plugins/parts/a/2', { name: 'n' }, undefined],
    ['patch', '/api/plugins/parts/a/3', {}, undefined],
    ['del', '/api/plugins/parts/a/4', undefined],
  ]);
});

test('refresh asks again for what is this plugin’s, and not for its namesake’s', () => {
  sdk.pluginApi('parts').refresh();
  expect(invalidate).toHaveBeenCalledWith('/api/plugins/parts/');
});

test('a problem is thrown with its fields', () => {
  const error = new ApiError({
    type: '/problems/fields',
    title: 'Fields are wrong',
    status: 422,
    detail: 'the request has a wrong field',
    errors: [{ pointer: '/name', detail: 'is missing' }, { detail: 'too many' }],
  });
  expect(sdk.messageOf(error)).toBe('the request has a wrong field; name is missing; too many');
  expect(sdk.messageOf(new Error('plain'))).toBe('plain');
  expect(sdk.messageOf('text')).toBe('text');
});
