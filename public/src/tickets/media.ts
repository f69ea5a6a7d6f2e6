/** What the list draws otherwise: on a phone, and on paper. */
import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';

const PHONE = '(max-width: 700px)';

function onWidth(listener: () => void): () => void {
  const phone = window.matchMedia(PHONE);
  phone.addEventListener('change', listener);
  return () => phone.removeEventListener('change', listener);
}

/** A row has two lines there, and no heads above. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(onWidth, () => window.matchMedia(PHONE).matches);

let printing = false;

function onPrint(listener: () => void): () => void {
  // The browser takes the page as it is when these handlers end.
  const set = (value: boolean) => () => flushSync(() => ((printing = value), listener()));
  const [before, after] = [set(true), set(false)];
  window.addEventListener('beforeprint', before);
  window.addEventListener('afterprint', after);
  return () => {
    window.removeEventListener('beforeprint', before);
    window.removeEventListener('afterprint', after);
  };
}

/** On paper there is no scrolling: all that was read stands there. */
export const usePrinting = (): boolean => useSyncExternalStore(onPrint, () => printing);
