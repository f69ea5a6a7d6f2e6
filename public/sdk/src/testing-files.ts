/** A plugin's files for tests of components: their rows in memory, as the server answers; no bytes. */
import type { PluginFile } from './plugin-files';

type Fail = (status: number, detail: string) => Error;

export const testFile = (more: Partial<PluginFile> & { id: string }): PluginFile => ({
  name: 'file',
  type: 'application/octet-stream',
  size: 0,
  width: null,
  height: null,
  thumbnail: false,
  authorId: 'person-1',
  createdAt: '2026-01-01T08:00:00.000Z',
  ...more,
});

export function testFiles(first: readonly PluginFile[], fail: Fail) {
  const files = [...first];
  let added = 0;

  /** undefined = no request of files. */
  return (method: string, path: string, body: unknown): unknown => {
    const [, id] = /^\/api\/files\/[^/]+(?:\/([^/]+))?$/.exec(path) ?? [null];
    if (id === null) return undefined;
    switch (method) {
      case 'GET':
        return { items: [...files], nextCursor: null };
      case 'POST': {
        const { name, size, type } = (body as { file: File }).file;
        const file = testFile({ id: `file-${++added}`, name, size, ...(type && { type }) });
        files.push(file);
        return file;
      }
      default: {
        const i = files.findIndex((f) => f.id === id);
        if (i < 0) throw fail(404, 'There is no such file');
        files.splice(i, 1);
        return null;
      }
    }
  };
}
