/**
 * The one way to the server. Every answer that isn't 2xx becomes an ApiError that carries the
 * server's problem+json; so do a lost network (kind "network") and a passed deadline ("timeout").
 */
import { loadTranslations, texts, translate, type Text } from '../text';

export interface FieldError {
  pointer?: string;
  detail: string;
  /** Missing where the words are a plugin's. */
  text?: Text;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  /** The detail for translation. */
  text?: Text;
  requestId?: string;
  errors?: FieldError[];
  /** What the server adds to problems of this type, by name: permissions to consent to, ... */
  more?: Record<string, unknown>;
}

export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** Seconds after which the server wants to be asked again (Retry-After). */
    readonly retryAfter: number | null = null,
  ) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
  }
  get status(): number {
    return this.problem.status;
  }
  /** The last part of the problem's type: "version-conflict", "network", ... */
  get kind(): string {
    return this.problem.type.replace(/^.*\//, '');
  }
  /** What the server says about one field of the body, if it does. */
  field(name: string): string | undefined {
    return this.problem.errors?.find((e) => e.pointer === `/${name}` || e.pointer === name)?.detail;
  }
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Milliseconds; 15 s by default. */
  deadline?: number;
  /** The answer is that, not JSON. */
  as?: 'text' | 'blob' | 'arraybuffer';
}

export interface Reply<T> {
  data: T;
  status: number;
  etag: string | null;
  requestId: string | null;
  headers: Headers;
}

const DEADLINE_MS = 15_000;

let onUnauthorized: (sentAt: number) => void = () => {};
/** Asks the person for the password again; false when they would rather not. */
let onPasswordNeeded: () => Promise<boolean> = () => Promise.resolve(false);

/**
 * Called on each 401 outside of signing in: the session in which the request was sent is over. sentAt:
 * performance.now() of then.
 */
export function setUnauthorizedHandler(handler: (sentAt: number) => void): void {
  onUnauthorized = handler;
}

/** Called when the server wants the password again before it gives rights away. */
export function setPasswordHandler(handler: () => Promise<boolean>): void {
  onPasswordNeeded = handler;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function ownProblem(kind: string, title: string, detail: string): ApiError {
  return new ApiError({ type: `/problems/${kind}`, title, status: 0, detail });
}

export const networkError = () =>
  ownProblem('network', texts.problems.network, texts.problems.networkText);
export const timeoutError = () =>
  ownProblem('timeout', texts.problems.timeout, texts.problems.timeoutText);
export const unreadable = () =>
  ownProblem('unexpected', texts.problems.unexpected, texts.problems.unexpectedText);

const KNOWN = new Set([
  'type',
  'title',
  'status',
  'detail',
  'text',
  'requestId',
  'errors',
  'instance',
]);

function isText(v: unknown): v is Text {
  const { key, values } = (v ?? {}) as Partial<Text>;
  return typeof key === 'string' && Array.isArray(values);
}

/** Titles have no values. */
const inWords = (title: string): string => translate({ key: title, values: [] }, title);

const fieldErrorOf = (e: FieldError): FieldError => ({
  ...e,
  detail: translate(isText(e.text) ? e.text : undefined, e.detail),
});

/** Reads a problem out of an answer's text, in the person's language as far as that is known; makes one up when the answer isn't JSON. */
export function problemOf(status: number, text: string, requestId: string | null): Problem {
  let found: Partial<Problem> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed && typeof parsed === 'object') found = parsed as Partial<Problem>;
  } catch {
    /* an answer of something between us and the server */
  }
  const problem: Problem = {
    type: typeof found.type === 'string' ? found.type : '/problems/unexpected',
    title:
      typeof found.title === 'string' ? inWords(found.title) : texts.problems.status({ status }),
    status,
  };
  if (isText(found.text)) problem.text = found.text;
  if (typeof found.detail === 'string') problem.detail = translate(problem.text, found.detail);
  const id = found.requestId ?? requestId;
  if (id) problem.requestId = id;
  if (Array.isArray(found.errors)) problem.errors = found.errors.map(fieldErrorOf);
  const more = Object.entries(found).filter(([name]) => !KNOWN.has(name));
  if (more.length) problem.more = Object.fromEntries(more);
  return problem;
}

function retryAfterOf(value: string | null): number | null {
  const seconds = Number(value);
  return value !== null && Number.isFinite(seconds) ? seconds : null;
}

/** A refusal as an error; a 401 outside of signing in ends the session in which the request was sent. */
export async function refusal(
  path: string,
  sentAt: number,
  status: number,
  text: string,
  header: (name: string) => string | null,
): Promise<ApiError> {
  if (status === 401 && path !== '/api/auth/login') onUnauthorized(sentAt);
  await loadTranslations();
  const problem = problemOf(status, text, header('X-Request-Id'));
  return new ApiError(problem, retryAfterOf(header('Retry-After')));
}

export function withQuery(path: string, query?: RequestOptions['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  const text = params.toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

/** A request that the server answers only after the password was given again is sent again then. */
export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Reply<T>> {
  try {
    return await requestOnce<T>(method, path, options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'password-needed') throw error;
    if (!(await onPasswordNeeded())) throw error;
    return requestOnce<T>(method, path, options);
  }
}

async function requestOnce<T>(
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Reply<T>> {
  const sentAt = performance.now();
  const abort = new AbortController();
  const follow = () => abort.abort(options.signal?.reason);
  if (options.signal?.aborted) follow();
  options.signal?.addEventListener('abort', follow);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort.abort();
  }, options.deadline ?? DEADLINE_MS);

  const { as } = options;
  const accept = as === 'text' ? 'text/*, application/problem+json' : 'application/json';
  const headers: Record<string, string> = { Accept: accept, ...options.headers };
  const init: RequestInit = { method, headers, signal: abort.signal, credentials: 'same-origin' };
  if (options.body instanceof FormData || options.body instanceof Blob) init.body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  try {
    const res = await fetch(withQuery(path, options.query), init);
    const requestId = res.headers.get('X-Request-Id');
    const reply = {
      status: res.status,
      etag: res.headers.get('ETag'),
      requestId,
      headers: res.headers,
    };
    if (res.ok && as === 'blob') return { ...reply, data: (await res.blob()) as T };
    if (res.ok && as === 'arraybuffer') return { ...reply, data: (await res.arrayBuffer()) as T };
    const text = await res.text();
    if (!res.ok)
      throw await refusal(path, sentAt, res.status, text, (name) => res.headers.get(name));
    const data = (as === 'text' ? text : text ? JSON.parse(text) : undefined) as T;
    return { ...reply, data };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (late) throw timeoutError();
    if (isAbort(error) || options.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    if (error instanceof SyntaxError) throw unreadable();
    throw networkError();
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', follow);
  }
}

type Options = Omit<RequestOptions, 'body'>;
const data = <T>(reply: Promise<Reply<T>>) => reply.then((r) => r.data);

/** The short forms: they answer the body alone. */
export const api = {
  get: <T>(path: string, options?: Options) => data(request<T>('GET', path, options)),
  text: (path: string, options?: Options) =>
    data(request<string>('GET', path, { ...options, as: 'text' })),
  post: <T>(path: string, body?: unknown, options?: Options) =>
    data(request<T>('POST', path, { ...options, body })),
  put: <T>(path: string, body?: unknown, options?: Options) =>
    data(request<T>('PUT', path, { ...options, body })),
  patch: <T>(path: string, body?: unknown, options?: Options) =>
    data(request<T>('PATCH', path, { ...options, body })),
  del: <T = void>(path: string, options?: Options) => data(request<T>('DELETE', path, options)),
};
