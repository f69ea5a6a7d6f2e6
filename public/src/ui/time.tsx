/** Times: relative in words, the exact one on hover and for machines. */
import { useSyncExternalStore } from 'react';
import { dayAt, formatDate, isOtherZone, texts } from '../text';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DAY_OF_YEAR = { day: 'numeric', month: 'short' } as const;
const WITH_YEAR = { dateStyle: 'medium' } as const;

/** `ago`: as part of a sentence ("5 min ago") instead of a column ("5 min"). */
export function relativeTime(at: Date, now: number, ago = false): string {
  const age = now - at.getTime();
  if (age < MINUTE) return ago ? texts.time.justNow : texts.time.now;
  if (age >= 14 * DAY) {
    const sameYear = dayAt(at).slice(0, 4) === dayAt(new Date(now)).slice(0, 4);
    const day = formatDate(at, sameYear ? DAY_OF_YEAR : WITH_YEAR);
    return ago ? texts.time.on({ day }) : day;
  }
  const { minutes, hours, days, minutesAgo, hoursAgo, daysAgo } = texts.time;
  const [say, unit] =
    age < HOUR
      ? [ago ? minutesAgo : minutes, MINUTE]
      : age < DAY
        ? [ago ? hoursAgo : hours, HOUR]
        : [ago ? daysAgo : days, DAY];
  return say({ n: Math.floor(age / unit) });
}

export function exactTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return formatDate(at, { dateStyle: 'full', timeStyle: isOtherZone() ? 'long' : 'medium' });
}

// One clock for all: a list of 200 rows needs no 200 timers.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      listeners.forEach((l) => l());
    }, 20_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

export function Time(props: { iso: string; className?: string; ago?: boolean }) {
  const { iso, className } = props;
  const clock = useSyncExternalStore(subscribe, () => now);
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return null;
  return (
    <time dateTime={iso} title={exactTime(iso)} className={className}>
      {relativeTime(at, Math.max(clock, at.getTime()), props.ago)}
    </time>
  );
}

/** A day and a time to come: `<Time>` is about the past. */
export const deadline = (iso: string): string =>
  formatDate(new Date(iso), { dateStyle: 'medium', timeStyle: 'short' });
