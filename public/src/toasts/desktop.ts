/**
 * Notifications of the operating system, for when no page of the app is in sight. All pages of a
 * browser hear the same event. A page in sight claims it at once over a BroadcastChannel (its toast is enough);
 * of hidden ones, which wait for that, the one that gets the event's lock shows it.
 */
import { useSyncExternalStore } from 'react';
import { follow } from './follow';
import type { ToastInput } from './store';

export type DesktopState = 'unsupported' | 'default' | 'granted' | 'denied';

const supported = typeof window !== 'undefined' && 'Notification' in window;
/** How long hidden pages wait for one in sight, and how long one that shows keeps the lock from those that woke late. */
const WAIT_MS = 300;
const KEEP_MS = 10_000;

const channel =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('mortise-notifications');
const claimed = new Set<string>();
const listeners = new Set<() => void>();

if (channel)
  channel.onmessage = (e: MessageEvent<unknown>) => {
    if (typeof e.data === 'string') remember(e.data);
  };

function remember(key: string): void {
  claimed.add(key);
  if (claimed.size > 500) claimed.delete(claimed.values().next().value!);
}

function claim(key: string): void {
  remember(key);
  channel?.postMessage(key);
}

export function desktopState(): DesktopState {
  if (!supported || !window.isSecureContext) return 'unsupported';
  return Notification.permission;
}

export function useDesktopState(): DesktopState {
  return useSyncExternalStore((l) => {
    listeners.add(l);
    return () => listeners.delete(l);
  }, desktopState);
}

/** Must be called from a click: browsers refuse to ask otherwise. */
export async function askForDesktop(): Promise<void> {
  if (!supported) return;
  await Notification.requestPermission();
  listeners.forEach((l) => l());
}

function show(key: string, input: ToastInput): void {
  const text = [input.icon, input.title].filter(Boolean).join(' ');
  const note = new Notification(text, { body: input.message ?? '', tag: key });
  note.onclick = () => {
    window.focus();
    follow(input.url);
    note.close();
  };
}

/** `key` names the event, the same on every page. `wanted`: else a page in sight still says that it has it. */
export function showOnDesktop(key: string, input: ToastInput, wanted = true): void {
  if (document.visibilityState === 'visible') {
    claim(key);
    return;
  }
  if (!wanted || desktopState() !== 'granted') return;
  setTimeout(() => {
    // Where there are notifications there are locks: both need a secure context.
    void navigator.locks.request(`notification ${key}`, { ifAvailable: true }, (lock) => {
      if (!lock || claimed.has(key)) return;
      claim(key);
      show(key, input);
      return new Promise((done) => setTimeout(done, KEEP_MS));
    });
  }, WAIT_MS);
}
