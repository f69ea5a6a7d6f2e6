// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { addressOf, apiServices, ServiceError } from './api-services';

const fetched = vi.fn();
const answers = (body: BodyInit | null, init?: ResponseInit) =>
  vi.stubGlobal('fetch', (...args: unknown[]) => {
    fetched(...args);
    return Promise.resolve(new Response(body, init));
  });
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockClear();
});

test.each([
  ['/plugins/a/b', '/api/plugins/a/b'],
  ['plugins/a/b', '/api/plugins/a/b'],
  ['/api/plugins/a', '/api/plugins/a'],
  ['/plugins/a?x=1', '/api/plugins/a?x=1'],
  ['//evil.example/x', '/api/evil.example/x'],
])('%s is %s', (path, address) => expect(addressOf(path)).toBe(address));

test.each(['../system', '/plugins/../../system', 'https://evil.example/x', 'javascript:alert(1)'])(
  '%s is refused',
  (path) => expect(() => addressOf(path)).toThrow('below /api'),
);

test('an answer has data, status and headers', async () => {
  answers('{"items": [1]}', { status: 201, headers: { 'X-Total': '7' } });
  const reply = await apiServices.post('/plugins/a/rows', { name: 'n' }, { params: { q: 'x y' } });
  expect(reply).toMatchObject({ data: { items: [1] }, status: 201, headers: { 'x-total': '7' } });
  const [path, init] = fetched.mock.calls[0]!;
  expect(path).toBe('/api/plugins/a/rows?q=x+y');
  expect(init).toMatchObject({ method: 'POST', body: '{"name":"n"}' });
});

test('a file is sent as it is, and a blob comes back as one', async () => {
  answers('bytes');
  const form = new FormData();
  form.append('file', new Blob(['a']), 'a.csv');
  const { data } = await apiServices.post('/plugins/a/import', form, { responseType: 'blob' });
  expect(await (data as Blob).text()).toBe('bytes');
  const [, init] = fetched.mock.calls[0]!;
  expect(init.body).toBe(form);
  expect(init.headers['Content-Type']).toBeUndefined();
});

test('what is no JSON is a text, and nothing is undefined', async () => {
  answers('plain words');
  expect((await apiServices.get('plugins/a/text')).data).toBe('plain words');
  answers(null, { status: 204 });
  expect(await apiServices.delete('plugins/a/1', { data: { why: 1 } })).toMatchObject({
    data: undefined,
    status: 204,
  });
  expect(fetched.mock.calls[1]![1]).toMatchObject({ method: 'DELETE', body: '{"why":1}' });
});

test('an error has a response, as that of axios has', async () => {
  answers('{"type": "/problems/x", "title": "No", "status": 409, "detail": "Not now", "code": 7}', {
    status: 409,
    headers: { 'Retry-After': '3' },
  });
  const error = await apiServices.put('/plugins/a/1', {}).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toMatchObject({
    isAxiosError: true,
    message: 'Not now',
    status: 409,
    response: {
      status: 409,
      data: { message: 'Not now', error: 'Not now', detail: 'Not now', code: 7 },
      headers: { 'retry-after': '3' },
    },
  });
});

test('without an answer there is no response', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  const error = (await apiServices.get('/plugins/a').catch((e: unknown) => e)) as ServiceError;
  expect([error.response, error.code]).toEqual([undefined, 'ERR_NETWORK']);
});
