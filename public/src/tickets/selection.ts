/** Which tickets of the list are selected: by a box, by "x", with Shift all between two of them. */
import { useCallback, useMemo, useRef, useState } from 'react';

export interface Selection {
  ids: ReadonlySet<string>;
  /** `range`: all from the last one that was selected. */
  toggle: (id: string, range: boolean) => void;
  set: (ids: readonly string[]) => void;
}

/** What is selected after a click on one, whose box was clicked last before, in the list's order. */
export function toggled(
  before: ReadonlySet<string>,
  order: readonly string[],
  id: string,
  last: string | null,
): Set<string> {
  const next = new Set(before);
  const [from, to] = [order.indexOf(last ?? id), order.indexOf(id)].sort((a, b) => a - b);
  const range = from! < 0 ? [id] : order.slice(from, to! + 1);
  for (const one of range) {
    if (before.has(id)) next.delete(one);
    else next.add(one);
  }
  return next;
}

/** `order`: the ids of the list; what is no more in it is not selected any more. */
export function useSelection(order: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const now = useRef(order);
  now.current = order;
  const toggle = useCallback((id: string, range: boolean) => {
    const from = range ? last.current : null;
    last.current = id;
    setChosen((before) => toggled(before, now.current, id, from));
  }, []);
  const set = useCallback((ids: readonly string[]) => setChosen(new Set(ids)), []);
  const ids = useMemo(() => {
    const here = new Set(order);
    return chosen.size === 0 ? chosen : new Set([...chosen].filter((id) => here.has(id)));
  }, [chosen, order]);
  return useMemo(() => ({ ids, toggle, set }), [ids, toggle, set]);
}
