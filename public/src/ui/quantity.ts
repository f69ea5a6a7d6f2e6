/** Values with their unit, as people read them: 1:30 h, 12 ms, 3.4 MB, 18 calls. */
import { formatNumber } from '../text';

export const figure = (n: number) => formatNumber(n, { maximumFractionDigits: 2 });

/** Units that Intl has a name for in each language. */
const UNITS: Readonly<Record<string, string>> = {
  ms: 'millisecond',
  s: 'second',
  min: 'minute',
  d: 'day',
  km: 'kilometer',
  m: 'meter',
  l: 'liter',
  kg: 'kilogram',
  '%': 'percent',
};

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

const withUnit = (n: number, unit: string): string =>
  formatNumber(n, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 2 });

function bytes(n: number): string {
  const step = Math.min(
    BYTE_UNITS.length - 1,
    Math.floor(Math.log(Math.max(1, Math.abs(n))) / Math.log(1024)),
  );
  return formatNumber(n / 1024 ** step, {
    style: 'unit',
    unit: BYTE_UNITS[step]!,
    // The short form of bytes knows no plural.
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  });
}

/** 1.5 -> "1:30": what somebody has worked is read as on a clock. */
export function clock(hours: number): string {
  const minutes = Math.round(Math.abs(hours) * 60);
  const sign = hours < 0 && minutes > 0 ? '−' : '';
  return `${sign}${formatNumber(Math.floor(minutes / 60))}:${String(minutes % 60).padStart(2, '0')}`;
}

/** `unit` is one that Intl knows, "h", "bytes", or a word of the plugin's own. */
export function quantity(n: number, unit: string): string {
  if (unit === '') return figure(n);
  if (unit === 'h') return `${clock(n)} h`;
  if (unit === 'bytes' || unit === 'B') return bytes(n);
  const known = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  return known ? withUnit(n, known) : `${figure(n)} ${unit}`;
}
