/** Light, dark or as the system: chosen by person and browser, on the page before anything is drawn. */
import { useSyncExternalStore } from 'react';

export const MODES = ['light', 'dark', 'system'] as const;
export type Mode = (typeof MODES)[number];

const KEY = 'mui-mode';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<(mode: Mode) => void>();

function stored(): Mode {
  try {
    const value = localStorage.getItem(KEY);
    return MODES.find((m) => m === value) ?? 'system';
  } catch {
    return 'system'; // A browser that keeps nothing.
  }
}

let mode = stored();

function apply(): void {
  const isDark = mode === 'dark' || (mode === 'system' && dark.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

function change(next: Mode): void {
  mode = next;
  apply();
  listeners.forEach((l) => l(next));
}

export const getMode = () => mode;

export function setMode(next: Mode): void {
  if (next === mode) return;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds until the page is closed.
  }
  change(next);
}

export function subscribeMode(listener: (mode: Mode) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useMode = () => useSyncExternalStore(subscribeMode, getMode);

/** Before the first drawing. */
export function startMode(): void {
  apply();
  dark.addEventListener('change', apply);
  // Paper is white.
  window.addEventListener('beforeprint', () => (document.documentElement.dataset.theme = 'light'));
  window.addEventListener('afterprint', apply);
  window.addEventListener('storage', (e) => {
    if (e.key === KEY) change(stored());
  });
}
