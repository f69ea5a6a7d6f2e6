/** Days without calls are days as well: an axis of time leaves none out. */
import type { UsageDay } from '../market/types';

const DAYS = 14;
const DAY_MS = 86_400_000;

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** At least the last 14 days up to today, and all that there are. */
export function fillDays(days: readonly UsageDay[], last: string, atLeast = DAYS): UsageDay[] {
  const by = new Map(days.map((d) => [d.day.slice(0, 10), d]));
  const today = Date.parse(last);
  const first = Math.min(
    today - (atLeast - 1) * DAY_MS,
    ...[...by.keys()].map((d) => Date.parse(d)).filter(Number.isFinite),
  );
  const filled: UsageDay[] = [];
  for (let at = first; at <= today; at += DAY_MS) {
    const day = dayOf(at);
    filled.push({
      ...(by.get(day) ?? { calls: 0, errors: 0, msAvg: 0, msMax: 0, cpuMs: 0 }),
      day,
    });
  }
  return filled;
}
