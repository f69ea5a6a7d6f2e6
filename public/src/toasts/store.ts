/** The toasts on screen. Anyone may call toast(); <Toasts> shows them. */
import { useSyncExternalStore } from 'react';
import type { IconName } from '../ui/icons';

export type ToastTone = 'info' | 'success' | 'warning' | 'error';

export interface ToastInput {
  title: string;
  message?: string | undefined;
  /** An emoji or a few letters. */
  icon?: string | undefined;
  /** A newer toast of the same tag takes its place. */
  tag?: string;
  /** One of the app's own icons instead. */
  symbol?: IconName;
  tone?: ToastTone;
  /** How long it stays: seconds, or until it is dismissed. */
  stay?: 'short' | 'normal' | 'until-dismissed';
  /** A button beside the text, which also dismisses it: "Undo". */
  action?: { label: string; run: () => void };
  /** Where a click leads: /tab/Name, /path or https://… */
  url?: string | null | undefined;
}

export interface Toast extends ToastInput {
  id: number;
  tone: ToastTone;
}

/** More than this on screen help nobody: the oldest ones leave first. */
const SHOWN_MAX = 5;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((l) => l());
}

export function toast(input: ToastInput | string): number {
  const given = typeof input === 'string' ? { title: input } : input;
  const id = nextId++;
  const others = given.tag ? toasts.filter((t) => t.tag !== given.tag) : toasts;
  set([...others, { tone: 'info' as const, ...given, id }].slice(-SHOWN_MAX));
  return id;
}

export function dismissToast(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}

export function clearToasts(): void {
  set([]);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => listeners.delete(l);
    },
    () => toasts,
  );
}
