/**
 * Photos of people, by the hash that their address has. Whose aren't known yet are asked for together, so a page of
 * two hundred people is two requests, and who has no photo is none more.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { api } from './client';
import type { Items } from './types';

/** As many as the server takes at once. */
const MOST = 100;
const SETTLE_MS = 30;

const known = new Map<string, string | null>();
const wanted = new Set<string>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** Somebody is signed in. */
let on = false;

const tell = () => listeners.forEach((l) => l());

async function read(ids: string[]): Promise<void> {
  try {
    const { items } = await api.get<Items<{ userId: string; hash: string }>>('/api/photos', {
      query: { ids: ids.join(',') },
    });
    for (const id of ids) known.set(id, null);
    for (const { userId, hash } of items) known.set(userId, hash);
    tell();
  } catch {
    /* letters do; who is shown anew is asked for again */
  }
}

function flush(): void {
  timer = undefined;
  const ids = [...wanted];
  wanted.clear();
  for (let at = 0; on && at < ids.length; at += MOST) void read(ids.slice(at, at + MOST));
}

function want(id: string): void {
  if (!on || known.has(id) || wanted.has(id)) return;
  wanted.add(id);
  timer ??= setTimeout(flush, SETTLE_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function notePhoto(id: string, hash: string | null): void {
  if (known.get(id) === hash) return;
  known.set(id, hash);
  tell();
}

/** For another person, or none; after a gap in the events, what is shown is asked for again. */
export function startPhotos(signedIn: boolean): void {
  on = signedIn;
  known.clear();
  wanted.clear();
  tell();
}

export function usePhoto(id: string | null | undefined): string | null {
  const hash = useSyncExternalStore(subscribe, () => (id && on ? known.get(id) : null));
  useEffect(() => {
    if (id && hash === undefined) want(id);
  }, [id, hash]);
  return id && hash ? `/api/photos/${id}/${hash}` : null;
}
