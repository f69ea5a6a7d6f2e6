/** Addresses of the app: the browser's history as a store, links that don't reload. */
import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, type Ref } from 'react';

const listeners = new Set<() => void>();
let moved = false;
const tell = () => {
  moved = true;
  listeners.forEach((l) => l());
};

/** False until somebody went somewhere: the first page is announced by the browser itself. */
export const hasMoved = () => moved;

if (typeof window !== 'undefined') window.addEventListener('popstate', tell);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface Place {
  path: string;
  query: URLSearchParams;
}

let last: { href: string; place: Place } | null = null;

export function place(): Place {
  const href = window.location.pathname + window.location.search;
  if (last?.href !== href)
    last = {
      href,
      place: { path: window.location.pathname, query: new URLSearchParams(window.location.search) },
    };
  return last.place;
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, place);
}

export function navigate(to: string, { replace = false } = {}): void {
  const now = window.location.pathname + window.location.search;
  if (to !== now) window.history[replace ? 'replaceState' : 'pushState'](null, '', to);
  tell();
}

/** The same page with some query parameters changed; null takes one away. */
export function withParams(changes: Record<string, string | null>, path?: string): string {
  const here = place();
  const query = new URLSearchParams(here.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return (path ?? here.path) + (text ? `?${text}` : '');
}

/** A click that the app follows itself: not one that asks for a new tab or window. */
export function isPlainClick(e: MouseEvent): boolean {
  return (
    !e.defaultPrevented && e.button === 0 && !e.metaKey && !e.ctrlKey && !e.shiftKey && !e.altKey
  );
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & {
  to: string;
  replace?: boolean;
  ref?: Ref<HTMLAnchorElement>;
};

export function Link({ to, replace = false, onClick, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={to}
      onClick={(e) => {
        onClick?.(e);
        if (!isPlainClick(e)) return;
        e.preventDefault();
        navigate(to, { replace });
      }}
    />
  );
}
