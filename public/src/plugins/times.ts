/**
 * How long components of plugins take to show: added up here, and sent now and then for the plugin's page "Usage". No more is
 * sent than which component it was.
 */
import type { SlotPlace } from './slots';

interface Sum {
  pluginKey: string;
  component: string;
  shows: number;
  renderMs: number;
  renderMax: number;
  firsts: number;
  firstMs: number;
  firstMax: number;
}

/** The server's bound of one request, and of a figure in it. */
const ITEMS_MAX = 50;
const MS_MAX = 600_000;
const SEND_MS = 15_000;

const sums = new Map<string, Sum>();
let timer: ReturnType<typeof setTimeout> | undefined;

const bounded = (ms: number) => Math.min(MS_MAX, Math.max(0, Math.round(ms)));

/** It is on the screen; `firstMs` since its place was drawn, if its bundle wasn't there by then. */
export function shown(place: SlotPlace, renderMs: number, firstMs: number | null): void {
  const { pluginKey, componentName: component } = place;
  const key = `${pluginKey} ${component}`;
  const sum = sums.get(key) ?? {
    pluginKey,
    component,
    shows: 0,
    renderMs: 0,
    renderMax: 0,
    firsts: 0,
    firstMs: 0,
    firstMax: 0,
  };
  sum.shows += 1;
  sum.renderMs = bounded(sum.renderMs + renderMs);
  sum.renderMax = Math.max(sum.renderMax, bounded(renderMs));
  if (firstMs !== null) {
    sum.firsts += 1;
    sum.firstMs = bounded(sum.firstMs + firstMs);
    sum.firstMax = Math.max(sum.firstMax, bounded(firstMs));
  }
  sums.set(key, sum);
  timer ??= setTimeout(send, SEND_MS);
}

/** As a beacon: nobody waits for it, it goes out when the page is left, and it ends no session that has ended. */
function send(): void {
  clearTimeout(timer);
  timer = undefined;
  if (sums.size === 0) return;
  const items = [...sums.values()].slice(0, ITEMS_MAX);
  sums.clear();
  const body = new Blob([JSON.stringify({ items })], { type: 'application/json' });
  navigator.sendBeacon('/api/me/plugin-shows', body);
}

addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') send();
});
