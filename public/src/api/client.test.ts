import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, api, problemOf, request, setUnauthorizedHandler, withQuery } from './client';

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response(status === 204 ? null : body, { status, headers }))),
  );

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error('it did not fail');
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  setUnauthorizedHandler(() => {});
});

describe('request', () => {
  it('answers data, etag and request id', async () => {
    answer(200, '{"a":1}', { ETag: '"3"', 'X-Request-Id': 'r1' });
    expect(await request('GET', '/api/x')).toMatchObject({
      data: { a: 1 },
      status: 200,
      etag: '"3"',
      requestId: 'r1',
    });
  });

  it('answers nothing for 204', async () => {
    answer(204, '');
    expect(await api.del('/api/x')).toBeUndefined();
  });

  it('throws the problem with its fields', async () => {
    answer(
      422,
      JSON.stringify({
        type: '/problems/invalid',
        title: 'Invalid',
        detail: 'two fields are wrong',
        requestId: 'r2',
        text: { key: '{0} fields are wrong', values: [2] },
        errors: [{ pointer: '/title', detail: 'is too long' }],
      }),
    );
    const error = await failure(api.post('/api/x', {}));
    expect(error.kind).toBe('invalid');
    expect(error.message).toBe('two fields are wrong');
    expect(error.field('title')).toBe('is too long');
    expect(error.field('other')).toBeUndefined();
    expect(error.problem.text).toEqual({ key: '{0} fields are wrong', values: [2] });
    expect(error.problem.requestId).toBe('r2');
  });

  it('makes a problem of an answer that is none', async () => {
    answer(502, '<html>bad gateway</html>', { 'X-Request-Id': 'r3' });
    const error = await failure(api.get('/api/x'));
    expect(error.status).toBe(502);
    expect(error.problem.requestId).toBe('r3');
  });

  it('says how long to wait', async () => {
    answer(429, '{}', { 'Retry-After': '8' });
    expect((await failure(api.get('/api/x'))).retryAfter).toBe(8);
  });

  it('tells of a session that is over, but not of a wrong password', async () => {
    const over = vi.fn();
    setUnauthorizedHandler(over);
    answer(401, '{}');
    await failure(api.post('/api/auth/login', {}));
    expect(over).not.toHaveBeenCalled();
    await failure(api.get('/api/tickets'));
    expect(over.mock.calls).toEqual([[expect.any(Number)]]);
  });

  it('calls a lost network by its name', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')));
    const error = await failure(api.get('/api/x'));
    expect([error.status, error.kind]).toEqual([0, 'network']);
  });

  it('gives up at the deadline', async () => {
    vi.useFakeTimers();
    vi.stubGlobal(
      'fetch',
      (_: string, init: RequestInit) =>
        new Promise((_resolve, reject) =>
          init.signal?.addEventListener('abort', () =>
            reject(new DOMException('aborted', 'AbortError')),
          ),
        ),
    );
    const failed = failure(api.get('/api/x', { deadline: 1000 }));
    await vi.advanceTimersByTimeAsync(1001);
    expect((await failed).kind).toBe('timeout');
  });

  it('is no error when the caller gave up', async () => {
    const mine = new AbortController();
    mine.abort();
    vi.stubGlobal('fetch', (_: string, init: RequestInit) =>
      init.signal?.aborted
        ? Promise.reject(new DOMException('aborted', 'AbortError'))
        : Promise.resolve(new Response('{}')),
    );
    await expect(api.get('/api/x', { signal: mine.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('withQuery', () => {
  it('leaves out what is empty', () => {
    expect(withQuery('/a', { q: 'x y', none: null, empty: '', n: 0 })).toBe('/a?q=x+y&n=0');
    expect(withQuery('/a', {})).toBe('/a');
  });
});

describe('problemOf', () => {
  it('keeps only what has the right type', () => {
    expect(problemOf(500, '{"type":7,"title":null,"errors":"x","text":{"key":7}}', null)).toEqual({
      type: '/problems/unexpected',
      title: 'The server answered 500',
      status: 500,
    });
  });
});
