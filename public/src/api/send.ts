/**
 * What takes long: uploads, and requests whose answers come in lines. Apart from client.ts, because the
 * first page sends neither.
 */
import { networkError, refusal, timeoutError, unreadable, type Reply } from './client';
import { LINES, lineReader } from './lines';

interface SendOptions {
  /** What the server says before it is done. */
  onLine: (line: unknown) => void;
  /** How much of the body has left, 0 to 1. */
  onShare?: (share: number) => void;
  /** Milliseconds; none = as long as it takes. */
  deadline?: number;
  signal?: AbortSignal | undefined;
}

/** A POST whose answer may come in lines; fetch() can't tell how much of a body has left. */
function send<T>(path: string, body: FormData | string, options: SendOptions): Promise<Reply<T>> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const sentAt = performance.now();
    const read = lineReader(options.onLine);
    const inLines = () => xhr.getResponseHeader('Content-Type')?.startsWith(LINES) ?? false;
    xhr.open('POST', path);
    xhr.timeout = options.deadline ?? 0;
    xhr.setRequestHeader('Accept', `${LINES}, application/json`);
    if (typeof body === 'string') xhr.setRequestHeader('Content-Type', 'application/json');
    xhr.upload.onprogress = (e) => e.lengthComputable && options.onShare?.(e.loaded / e.total);
    xhr.upload.onload = () => options.onShare?.(1);
    xhr.onerror = () => reject(networkError());
    xhr.ontimeout = () => reject(timeoutError());
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    xhr.onprogress = () => {
      if (inLines()) read(xhr.responseText);
    };
    xhr.onload = () => {
      const header = (name: string) => xhr.getResponseHeader(name);
      try {
        const last = inLines() ? read(xhr.responseText) : null;
        if (inLines() && !last) return reject(unreadable());
        const status = last?.status ?? xhr.status;
        const text = last ? JSON.stringify(last.body) : xhr.responseText;
        if (status >= 200 && status <= 299)
          return resolve({
            data: JSON.parse(text) as T,
            status,
            etag: header('ETag'),
            requestId: header('X-Request-Id'),
            headers: new Headers(),
          });
        void refusal(path, sentAt, status, text, header).then(reject);
      } catch {
        reject(unreadable());
      }
    };
    if (options.signal?.aborted) return reject(new DOMException('aborted', 'AbortError'));
    options.signal?.addEventListener('abort', () => xhr.abort());
    xhr.send(body);
  });
}

/** Sends files by their fields as multipart/form-data. */
export function upload<T>(
  path: string,
  files: Record<string, File>,
  options: SendOptions,
): Promise<Reply<T>> {
  const form = new FormData();
  for (const [field, file] of Object.entries(files)) form.append(field, file, file.name);
  return send(path, form, options);
}

/** Posts JSON and hears of the progress. */
export const postInLines = <T>(path: string, body: unknown, options: SendOptions): Promise<T> =>
  send<T>(path, JSON.stringify(body), options).then((reply) => reply.data);
