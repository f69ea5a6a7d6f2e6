/** The files that the plugin keeps in this company, from its components, by "uploads" of its manifest. */
import { useCallback, useMemo } from 'react';
import { api, invalidate, upload, useQuery } from './host';
import type { Answer } from './hooks';
import type { PluginApi } from './plugin-api';

export interface PluginFile {
  id: string;
  name: string;
  /** By its content: "image/png". */
  type: string;
  /** Bytes. */
  size: number;
  /** Pixels of an image. */
  width: number | null;
  height: number | null;
  thumbnail: boolean;
  authorId: string | null;
  createdAt: string;
}
export interface UploadOptions {
  /** How much of it has left, 0 to 1. */
  onShare?: (share: number) => void;
  signal?: AbortSignal;
}
export interface PluginFiles {
  /** In the order in which they came, 100 at a time. */
  list(cursor?: string | null): Promise<{ items: PluginFile[]; nextCursor: string | null }>;
  add(file: File, options?: UploadOptions): Promise<PluginFile>;
  remove(id: string): Promise<void>;
  /** For a link with `download`, or, with `show`, for an image; only pictures and PDFs are shown. */
  url(file: Pick<PluginFile, 'id'>, options?: { show?: boolean }): string;
  /** A JPEG of at most 320 pixels, of a file that has a `thumbnail`. */
  thumbnailUrl(file: Pick<PluginFile, 'id'>): string;
}

const at = (plugin: PluginApi) => `/api/files/${plugin.key}`;

/** `pluginFiles(plugin).add(input.files[0], { onShare: setShare })`. */
export function pluginFiles(plugin: PluginApi): PluginFiles {
  const base = at(plugin);
  const one = (id: string) => `${base}/${encodeURIComponent(id)}`;
  async function changing<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } finally {
      invalidate(base);
    }
  }
  return {
    list: (cursor) => api.get(base, { query: { cursor } }),
    add: (file, options = {}) => changing(upload<PluginFile>(base, { file }, options)),
    remove: (id) => changing(api.del(one(id))),
    url: ({ id }, { show = false } = {}) => `${one(id)}/content${show ? '?show=true' : ''}`,
    thumbnailUrl: ({ id }) => `${one(id)}/thumbnail`,
  };
}

export type PluginFilesAnswer = Answer<readonly PluginFile[]> & Omit<PluginFiles, 'list'>;

/**
 * All files of the plugin, asked for again when one is added or removed here.
 *
 *   const files = usePluginFiles(plugin);
 *   <input type="file" onChange={(e) => void files.add(e.target.files![0]!)} />
 *   {files.data?.map((f) => <a key={f.id} href={files.url(f)} download={f.name}>{f.name}</a>)}
 */
export function usePluginFiles(plugin: PluginApi): PluginFilesAnswer {
  const files = useMemo(() => pluginFiles(plugin), [plugin]);
  const load = useCallback(async () => {
    const all: PluginFile[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<PluginFiles['list']>> = await files.list(cursor);
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  }, [files]);
  const answer = useQuery<readonly PluginFile[]>(at(plugin), load);
  const { add, remove, url, thumbnailUrl } = files;
  return { ...answer, add, remove, url, thumbnailUrl };
}
