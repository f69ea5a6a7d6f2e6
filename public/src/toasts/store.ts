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
  /** Some seconds, or until it is dismissed. */
  stay?: 'normal' | 'until-dismissed';
  /** A button beside the text, which also dismisses it: "Undo". */
  action?: { label: string; run: () => void };
  /** Where a click leads: /tab/Name, /path or https://… */
  url?: string | null | undefined;
}

export interface Toast extends ToastInput {
  id: number;
  tone: ToastTone;
  at: Date;
}

/** More than this on screen help nobody: the oldest ones leave first. */
const SHOWN_MAX = 5;

/** Of these some are gone before somebody has read them: they can be found again while the page is open. */
const KEPT_MAX = 50;

let toasts: readonly Toast[] = [];
let kept: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => listeners.delete(l);
};

function set(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((l) => l());
}

export function toast(input: ToastInput | string): number {
  const given = typeof input === 'string' ? { title: input } : input;
  const made = note(given);
  const others = given.tag ? toasts.filter((t) => t.tag !== given.tag) : toasts;
  set([...others, made].slice(-SHOWN_MAX));
  return made.id;
}

/** Says it without a toast: it is found among the earlier ones. */
export function note(given: ToastInput): Toast {
  const made = { tone: 'info' as const, ...given, id: nextId++, at: new Date() };
  kept = [made, ...kept].slice(0, KEPT_MAX);
  set(toasts);
  return made;
}

export function dismissToast(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}

export function clearToasts(): void {
  kept = [];
  set([]);
}

/** The newest first. */
export function useEarlierToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => kept);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}
