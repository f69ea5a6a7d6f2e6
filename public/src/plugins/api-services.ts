/**
 * The person's requests in the shape that components written for axios expect: {get, post, put, patch, delete} answer
 * {data, status, headers}, and an error has a `response`. Paths are below /api, with or without a slash before them.
 */
import { ApiError, request, type Reply } from '../api/client';
import type { ApiServices, ServiceConfig, ServiceReply } from '../../sdk/src/types';

const BASE = '/api/';

/** An ApiError with the members that axios gives its errors. */
export class ServiceError extends ApiError {
  readonly isAxiosError = true;
  readonly code: string;
  readonly response: ServiceReply<unknown> | undefined;

  constructor({ problem, retryAfter }: ApiError, config: ServiceConfig) {
    super(problem, retryAfter);
    const { status, more, ...rest } = problem;
    const words = problem.detail || problem.title;
    this.code = status ? 'ERR_BAD_RESPONSE' : 'ERR_NETWORK';
    if (status)
      this.response = {
        // What a plugin answered beside the members of a problem is its own.
        data: { message: words, error: words, ...more, ...rest, status },
        status,
        statusText: problem.title,
        headers: retryAfter === null ? {} : { 'retry-after': String(retryAfter) },
        config,
      };
  }
}

/** Nothing outside of /api is reached, whatever a path says. */
export function addressOf(path: string, params: ServiceConfig['params'] = {}): string {
  const below = path.replace(/^\/*(api\/)?/, '');
  const at = new URL(BASE + below, window.location.origin);
  if (/^[a-z][a-z0-9+.-]*:/i.test(below) || !at.pathname.startsWith(BASE))
    throw new TypeError(`apiServices: a path below /api is needed, not ${path}`);
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== null) at.searchParams.set(name, String(value));
  return at.pathname + at.search;
}

/** An answer that isn't JSON is a text. */
function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return text;
  }
}

const headersOf = (headers: Headers): Record<string, string> => Object.fromEntries(headers);

async function send<T>(
  method: string,
  path: string,
  body: unknown,
  config: ServiceConfig = {},
): Promise<ServiceReply<T>> {
  const as = config.responseType ?? 'json';
  let reply: Reply<unknown>;
  try {
    reply = await request<unknown>(method, addressOf(path, config.params), {
      headers: { Accept: as === 'json' ? 'application/json, */*' : '*/*', ...config.headers },
      signal: config.signal,
      as: as === 'json' ? 'text' : as,
      ...(body !== undefined && { body }),
      ...(config.timeout && { deadline: config.timeout }),
    });
  } catch (error) {
    throw error instanceof ApiError ? new ServiceError(error, config) : error;
  }
  return {
    data: (as === 'json' ? parsed(reply.data) : reply.data) as T,
    status: reply.status,
    statusText: '',
    headers: headersOf(reply.headers),
    config,
  };
}

export const apiServices: ApiServices = {
  get: (path, config) => send('GET', path, undefined, config),
  post: (path, body, config) => send('POST', path, body, config),
  put: (path, body, config) => send('PUT', path, body, config),
  patch: (path, body, config) => send('PATCH', path, body, config),
  delete: (path, config) => send('DELETE', path, config?.data, config),
};
