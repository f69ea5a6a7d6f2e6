/**
 * Notifications of the operating system, for when no page of the app is in sight. All pages of a
 * browser hear the same event; they agree over a BroadcastChannel that one of them shows it: a page
 * in sight claims it at once (its toast is enough), a hidden one after a short random wait.
 */
import { useSyncExternalStore } from 'react';
import { follow } from './follow';
import type { ToastInput } from './store';

export type DesktopState = 'unsupported' | 'default' | 'granted' | 'denied';

const supported = typeof window !== 'undefined' && 'Notification' in window;
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

/** `key` names the event, the same on every page. */
export function showOnDesktop(key: string, input: ToastInput): void {
  if (document.visibilityState === 'visible') {
    claim(key);
    return;
  }
  if (desktopState() !== 'granted') return;
  setTimeout(
    () => {
      if (claimed.has(key)) return;
      claim(key);
      const text = [input.icon, input.title].filter(Boolean).join(' ');
      const note = new Notification(text, { body: input.message ?? '', tag: key });
      note.onclick = () => {
        window.focus();
        follow(input.url);
        note.close();
      };
    },
    150 + Math.random() * 350,
  );
}
