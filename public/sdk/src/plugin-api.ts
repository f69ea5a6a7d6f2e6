/** A plugin's own routes by their own paths: `pluginApi('parts').get('/parts/:id', { id })`. */
import { api, ApiError, download, invalidate, type RequestOptions } from './host';

type Values = Record<string, string | number>;

export interface PluginApi {
  readonly key: string;
  /** "/api/plugins/<key>" and the path, each `:name` replaced by its value, safely written. */
  url(path: string, values?: Values): string;
  get<T>(path: string, values?: Values, options?: RequestOptions): Promise<T>;
  post<T>(path: string, body?: unknown, values?: Values, options?: RequestOptions): Promise<T>;
  put<T>(path: string, body?: unknown, values?: Values, options?: RequestOptions): Promise<T>;
  patch<T>(path: string, body?: unknown, values?: Values, options?: RequestOptions): Promise<T>;
  del<T = void>(path: string, values?: Values, options?: RequestOptions): Promise<T>;
  /** Saves a GET route's answer as a file. Links to routes of plugins are refused: use this. */
  download(path: string, values?: Values, name?: string): Promise<void>;
  /** Everything that useApi() shows of this plugin is asked for again. */
  refresh(): void;
}

function fill(path: string, values: Values): string {
  return path.replace(/:([A-Za-z_]\w*)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: there is no value for :${name}`);
    return encodeURIComponent(value);
  });
}

export function pluginApi(key: string): PluginApi {
  const url = (path: string, values: Values = {}) => `/api/plugins/${key}${fill(path, values)}`;
  return {
    key,
    url,
    get: (path, values, options) => api.get(url(path, values), options),
    post: (path, body, values, options) => api.post(url(path, values), body, options),
    put: (path, body, values, options) => api.put(url(path, values), body, options),
    patch: (path, body, values, options) => api.patch(url(path, values), body, options),
    del: (path, values, options) => api.del(url(path, values), options),
    download: (path, values, name) => download(url(path, values), name),
    refresh: () => invalidate(url('/')),
  };
}

/** What to tell a person about an error, whatever it is: the server's own words, with wrong fields. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const fields = (error.problem.errors ?? []).map((f) =>
    f.pointer ? `${f.pointer.replace(/^\//, '')} ${f.detail}` : f.detail,
  );
  return [error.message, ...fields].filter(Boolean).join('; ');
}
