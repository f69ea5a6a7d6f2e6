/** Which widgets stand on a dashboard, and in which order. */

export const SIZES = ['small', 'wide'] as const;
export type Size = (typeof SIZES)[number];

/** One of those that a person can have. */
export interface Widget {
  /** Of the app: "mine". Of a plugin: "parts:low-stock". */
  id: string;
  title: string;
  size: Size;
  /** It is there for people who haven't arranged theirs. */
  initial: boolean;
}

/** As the server keeps it. */
export interface Placed {
  id: string;
  size: Size;
}

/** What is shown: what the person arranged, or what everybody begins with; without what isn't there (any more). */
export function shownOf(saved: readonly Placed[] | null, all: readonly Widget[]): Placed[] {
  if (!saved) return all.filter((w) => w.initial).map(({ id, size }) => ({ id, size }));
  const known = new Set(all.map((w) => w.id));
  return saved.filter((p) => known.has(p.id));
}

/** What is kept: a widget whose plugin is away has its place again when the plugin is back. */
export function keptOf(
  shown: readonly Placed[],
  saved: readonly Placed[] | null,
  all: readonly Widget[],
): Placed[] {
  const known = new Set(all.map((w) => w.id));
  const ret = [...shown];
  saved?.forEach((p, i) => {
    if (!known.has(p.id)) ret.splice(Math.min(i, ret.length), 0, p);
  });
  return ret;
}

/** Puts one in the place of another. */
export function moved(list: readonly Placed[], id: string, to: number): Placed[] {
  const from = list.findIndex((p) => p.id === id);
  if (from < 0 || to < 0 || to >= list.length) return [...list];
  const ret = [...list];
  ret.splice(to, 0, ...ret.splice(from, 1));
  return ret;
}

export const resized = (list: readonly Placed[], id: string, size: Size): Placed[] =>
  list.map((p) => (p.id === id ? { ...p, size } : p));
