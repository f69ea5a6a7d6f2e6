/** Hours as people read them. */

const two = (n: number) => String(n).padStart(2, "0");

/** A running clock: 0:04:09 */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** A length: 1 h 05 min */
export function hoursText(hours: number): string {
  const minutes = Math.round(hours * 60);
  const h = Math.floor(minutes / 60);
  return h > 0 ? `${h} h ${two(minutes % 60)} min` : `${minutes} min`;
}

const hoursOf = (from: string, to: number) =>
  Math.max(0, to - Date.parse(from)) / 3_600_000;

/** The server rounds to hundredths of an hour; the times themselves are exact. */
export function entryHours(
  entry: { clockInTime: string; clockOutTime: string | null },
  now: number,
) {
  return hoursOf(
    entry.clockInTime,
    entry.clockOutTime ? Date.parse(entry.clockOutTime) : now,
  );
}
