/** Going back finds a page where it was left: pages scroll inside, so the browser can't see to it. */
import { useEffect, useRef, type RefObject } from 'react';
import { NavigationType, useLocation, useNavigationType } from 'react-router-dom';

const KEPT_MAX = 100;
/** So long a page may take until it is as high as it was. */
const SETTLE_MS = 2000;

const kept = new Map<string, number>();

function keep(key: string, top: number): void {
  kept.delete(key);
  kept.set(key, top);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
}

export function useScrollMemory(area: RefObject<HTMLElement | null>): void {
  const { key } = useLocation();
  const type = useNavigationType();
  const known = useRef(key);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    // A page that changes its own address (a filter, an open ticket) stays where it is.
    if (known.current !== key && type !== NavigationType.Pop) keep(key, element.scrollTop);
    known.current = key;
    const wanted = type === NavigationType.Pop ? (kept.get(key) ?? 0) : 0;
    const restore = () => {
      element.scrollTop = wanted;
      if (Math.abs(element.scrollTop - wanted) <= 1) done();
    };
    const observer = new ResizeObserver(restore);
    const timer = setTimeout(() => done(), SETTLE_MS);
    const done = () => {
      clearTimeout(timer);
      observer.disconnect();
    };
    if (wanted > 0) {
      for (const child of element.children) observer.observe(child);
      restore();
    } else done();
    const note = () => keep(key, element.scrollTop);
    element.addEventListener('scroll', note, { passive: true });
    // Somebody who scrolls is not pulled back.
    element.addEventListener('wheel', done, { passive: true });
    element.addEventListener('touchmove', done, { passive: true });
    return () => {
      done();
      element.removeEventListener('scroll', note);
      element.removeEventListener('wheel', done);
      element.removeEventListener('touchmove', done);
    };
  }, [area, key, type]);
}
