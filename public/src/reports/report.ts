/**
 * What a plugin's report endpoint answers, read leniently: plugins are written by many.
 *   summary: {"Total hours": 12.5, ...} or [{label, value, unit?}]
 *   charts:  [{type?, title, unit?, data: [{label, value}]} | {title, labels: [], values: []}]
 */

import { formatNumber } from '../text';

export interface Figure {
  label: string;
  value: string;
}

export interface Bar {
  label: string;
  value: number;
}

export interface Chart {
  title: string;
  unit: string;
  /** The labels follow each other in time: type "line", or all of them are days. */
  overTime: boolean;
  bars: Bar[];
}

export interface Report {
  /** First and last day, when the summary names them as from and to. */
  period: [string, string] | null;
  figures: Figure[];
  charts: Chart[];
}

type Json = Record<string, unknown>;

const isObject = (v: unknown): v is Json =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

export const figure = (n: number) => formatNumber(n, { maximumFractionDigits: 2 });

/** "totalHours" -> "Total hours" */
export function words(name: string): string {
  const text = name
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function valueOf(value: unknown): string | null {
  if (typeof value === 'number') return figure(value);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '✓' : '–';
  return null;
}

function figuresOf(summary: unknown): Figure[] {
  const pairs: [unknown, unknown, unknown][] = Array.isArray(summary)
    ? summary.filter(isObject).map((s) => [s.label ?? s.name, s.value, s.unit])
    : isObject(summary)
      ? Object.entries(summary).map(([name, value]) => [words(name), value, undefined])
      : [];
  const figures: Figure[] = [];
  for (const [label, value, unit] of pairs) {
    const text = valueOf(value);
    if (typeof label !== 'string' || text === null) continue;
    figures.push({ label, value: typeof unit === 'string' ? `${text} ${unit}` : text });
  }
  return figures;
}

function barsOf(chart: Json): Bar[] {
  const values: unknown[] = Array.isArray(chart.values) ? chart.values : [];
  const rows: unknown[] = Array.isArray(chart.data)
    ? chart.data
    : Array.isArray(chart.labels)
      ? chart.labels.map((label: unknown, i) => ({ label, value: values[i] }))
      : [];
  const bars: Bar[] = [];
  for (const row of rows) {
    if (!isObject(row)) continue;
    const label = row.label ?? row.name ?? row.date ?? row.day ?? row.x;
    const value = Number(row.value ?? row.y ?? row.count ?? row.hours);
    if ((typeof label === 'string' || typeof label === 'number') && Number.isFinite(value))
      bars.push({ label: String(label), value });
  }
  return bars;
}

const isDay = (v: unknown): v is string => typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v);

/** Takes the days out of a summary: they say what it is about and are no figures themselves. */
function splitPeriod(summary: unknown): { period: Report['period']; rest: unknown } {
  if (!isObject(summary)) return { period: null, rest: summary };
  const { from, to, ...rest } = summary;
  return isDay(from) && isDay(to) ? { period: [from, to], rest } : { period: null, rest: summary };
}

export function reportOf(answer: unknown): Report {
  if (!isObject(answer)) return { period: null, figures: [], charts: [] };
  const { period, rest } = splitPeriod(answer.summary);
  const charts = (Array.isArray(answer.charts) ? answer.charts : [])
    .filter(isObject)
    .map((c, i) => {
      const bars = barsOf(c);
      return {
        title: typeof c.title === 'string' ? c.title : `${i + 1}`,
        unit: typeof c.unit === 'string' ? c.unit : '',
        overTime: c.type === 'line' || (bars.length > 1 && bars.every((b) => isDay(b.label))),
        bars,
      };
    });
  return { period, figures: figuresOf(rest), charts };
}
