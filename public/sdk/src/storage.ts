/**
 * What a person prefers, kept in this browser: which column is sorted, what is folded away. It is
 * neither shared nor safe from the person: what matters belongs into the plugin's tables.
 */
import { useCallback, useState } from 'react';
import { useMe } from './host';
import type { Json } from './types';

const MAX = 64 * 1024;

function read<T extends Json>(name: string, initial: T): T {
  try {
    const text = localStorage.getItem(name);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial;
  }
}

/** As useState(), remembered for this plugin and person. At most 64 kB; more is not kept. */
export function useStored<T extends Json>(
  pluginKey: string,
  name: string,
  initial: T,
): [T, (value: T) => void] {
  const key = `mortise:plugin:${pluginKey}:${useMe().id}:${name}`;
  const [value, setValue] = useState(() => read(key, initial));
  const store = useCallback(
    (next: T) => {
      setValue(next);
      const text = JSON.stringify(next);
      try {
        if (text.length <= MAX) localStorage.setItem(key, text);
      } catch {
        /* full, or not allowed: it holds until the page is closed */
      }
    },
    [key],
  );
  return [value, store];
}
