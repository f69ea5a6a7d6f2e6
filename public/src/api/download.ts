/**
 * Saves what a route answers as a file. Routes of plugins don't answer links (a page of theirs would run
 * as ours), so the bytes are fetched and handed to the browser from here.
 */
import { ApiError, networkError, problemOf, withQuery, type RequestOptions } from './client';

/** A name the browser keeps as it is: no folders, no control characters. */
const safeName = (name: string) => name.replace(/[\u0000-\u001f\u007f/\\:]/g, '_') || 'download';

/** What a Content-Disposition calls the file, when it names one in plain ASCII. */
export function nameOf(disposition: string | null): string | null {
  return /filename="([^"\\]+)"/.exec(disposition ?? '')?.[1] ?? null;
}

export function save(bytes: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = safeName(name);
  link.click();
  // The browser has taken the bytes by then; a blob that is kept stays in memory.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export async function download(
  path: string,
  name?: string,
  options: Pick<RequestOptions, 'query' | 'signal'> = {},
): Promise<void> {
  const init: RequestInit = { credentials: 'same-origin', headers: { Accept: '*/*' } };
  if (options.signal) init.signal = options.signal;
  const res = await fetch(withQuery(path, options.query), init).catch(() => {
    throw networkError();
  });
  if (!res.ok)
    throw new ApiError(problemOf(res.status, await res.text(), res.headers.get('X-Request-Id')));
  save(await res.blob(), name ?? nameOf(res.headers.get('Content-Disposition')) ?? 'download');
}
