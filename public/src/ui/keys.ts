/**
 * The keyboard map: single keys and two-key sequences ("g t"). Keys are left alone while somebody
 * types, with a modifier held, and while a dialog or menu is open.
 */
import { useEffect, useRef } from 'react';

type Handler = () => void;

const handlers = new Map<string, Handler[]>();
const SEQUENCE_MS = 1000;
let prefix: { key: string; at: number } | null = null;

/** A key that the page that is coming has: pressed as soon as it is there. */
let awaited: string | null = null;

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export const isCovered = () =>
  document.querySelector('.MuiModal-root:not([aria-hidden="true"])') !== null;

function onKeyDown(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  if (isTyping(e.target) || isCovered()) return;
  const sequence = prefix && performance.now() - prefix.at < SEQUENCE_MS ? `${prefix.key} ` : '';
  const handler = handlers.get(sequence + e.key)?.at(-1);
  prefix = null;
  awaited = null;
  if (handler) {
    e.preventDefault();
    handler();
    return;
  }
  const begins = [...handlers.keys()].some((k) => k.startsWith(`${e.key} `));
  if (begins) prefix = { key: e.key, at: performance.now() };
}

if (typeof document !== 'undefined') document.addEventListener('keydown', onKeyDown);

export function press(key: string): void {
  const handler = handlers.get(key)?.at(-1);
  if (handler) handler();
  else awaited = key;
}

/** The last mounted handler of a key has it. */
export function useKey(key: string, handler: Handler, enabled = true): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    if (!enabled) return;
    const mine = () => latest.current();
    handlers.set(key, [...(handlers.get(key) ?? []), mine]);
    if (awaited === key) {
      awaited = null;
      mine();
    }
    return () => {
      const left = (handlers.get(key) ?? []).filter((h) => h !== mine);
      if (left.length) handlers.set(key, left);
      else handlers.delete(key);
    };
  }, [key, enabled]);
}
