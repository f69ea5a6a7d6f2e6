/**
 * What a plugin's report endpoint answers, read leniently: plugins are written by many.
 *   summary: {"Total hours": 12.5, ...} or [{label, value, unit?}]
 *   charts:  [{type?, title, unit?, data: [{label, value}]} | {title, labels: [], values: []}]
 *   tables:  [{title, columns: [{label, unit?} | "Label"], rows: [[...]]}]
 */
import { texts } from '../text';
import { isDay, type ChartData } from '../ui/chart';
import { quantity } from '../ui/quantity';

export interface Figure {
  label: string;
  value: string | number | boolean;
  unit: string;
}

/** A chart of a plugin has one series, which withBefore() gives another beside it. */
export interface Report {
  /** First and last day, when the summary names them as from and to. */
  period: [string, string] | null;
  figures: Figure[];
  charts: ChartData[];
  tables: ReportTable[];
}

export type Cell = string | number | boolean | null;

export interface ReportTable {
  title: string;
  columns: { label: string; unit: string }[];
  /** Each as long as there are columns. */
  rows: Cell[][];
  /** More than are shown. */
  isCut: boolean;
}

/** What a page draws without getting slow; the plugin's own page is the place for more. */
const TABLE_ROWS_MAX = 500;

type Json = Record<string, unknown>;

const isObject = (v: unknown): v is Json =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** "totalHours" -> "Total hours" */
export function words(name: string): string {
  const text = name
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A summary has names without units: what is called hours is read as hours. */
const unitOf = (label: string): string => (/\bhours\b/i.test(label) ? 'h' : '');

export function valueText({ value, unit }: Figure): string {
  if (typeof value === 'number') return quantity(value, unit);
  if (typeof value === 'boolean') return value ? '✓' : '–';
  return unit ? `${value} ${unit}` : value;
}

const isValue = (v: unknown): v is Figure['value'] =>
  ['number', 'string', 'boolean'].includes(typeof v);

function figuresOf(summary: unknown): Figure[] {
  const rows: [unknown, unknown, unknown][] = Array.isArray(summary)
    ? summary.filter(isObject).map((s) => [s.label ?? s.name, s.value, s.unit ?? ''])
    : isObject(summary)
      ? Object.entries(summary).map(([name, value]) => [words(name), value, unitOf(words(name))])
      : [];
  return rows.flatMap(([label, value, unit]) =>
    typeof label === 'string' && isValue(value)
      ? [{ label, value, unit: typeof unit === 'string' ? unit : '' }]
      : [],
  );
}

function pointsOf(chart: Json): [label: string, value: number][] {
  const values: unknown[] = Array.isArray(chart.values) ? chart.values : [];
  const rows: unknown[] = Array.isArray(chart.data)
    ? chart.data
    : Array.isArray(chart.labels)
      ? chart.labels.map((label: unknown, i) => ({ label, value: values[i] }))
      : [];
  return rows.filter(isObject).flatMap((row): [string, number][] => {
    const label = row.label ?? row.name ?? row.date ?? row.day ?? row.x;
    const value = Number(row.value ?? row.y ?? row.count ?? row.hours);
    const isLabel = typeof label === 'string' || typeof label === 'number';
    return isLabel && Number.isFinite(value) ? [[String(label), value]] : [];
  });
}

function chartOf(chart: Json, at: number): ChartData {
  const points = pointsOf(chart);
  const labels = points.map(([label]) => label);
  return {
    title: typeof chart.title === 'string' ? chart.title : `${at + 1}`,
    unit: typeof chart.unit === 'string' ? chart.unit : '',
    overTime: chart.type === 'line' || (labels.length > 1 && labels.every(isDay)),
    labels,
    series: [{ name: texts.charts.value, values: points.map(([, value]) => value) }],
  };
}

const cellOf = (v: unknown): Cell => (isValue(v) ? v : null);

function tableOf(table: Json, at: number): ReportTable {
  const columns = (Array.isArray(table.columns) ? table.columns : []).map((c: unknown) => {
    const { label, unit } = isObject(c) ? c : { label: c, unit: '' };
    return { label: String(label ?? ''), unit: typeof unit === 'string' ? unit : '' };
  });
  const rows = (Array.isArray(table.rows) ? table.rows : []).filter(Array.isArray);
  return {
    title: typeof table.title === 'string' ? table.title : `${at + 1}`,
    columns,
    rows: rows
      .slice(0, TABLE_ROWS_MAX)
      .map((row: unknown[]) => columns.map((_, i) => cellOf(row[i]))),
    isCut: rows.length > TABLE_ROWS_MAX,
  };
}

/** Takes the days out of a summary: they say what it is about and are no figures themselves. */
function splitPeriod(summary: unknown): { period: Report['period']; rest: unknown } {
  if (!isObject(summary)) return { period: null, rest: summary };
  const { from, to, ...rest } = summary;
  return isDay(from) && isDay(to) ? { period: [from, to], rest } : { period: null, rest: summary };
}

export function reportOf(answer: unknown): Report {
  if (!isObject(answer)) return { period: null, figures: [], charts: [], tables: [] };
  const { period, rest } = splitPeriod(answer.summary);
  const charts = (Array.isArray(answer.charts) ? answer.charts : []).filter(isObject).map(chartOf);
  const tables = (Array.isArray(answer.tables) ? answer.tables : []).filter(isObject).map(tableOf);
  return { period, figures: figuresOf(rest), charts, tables };
}

/** Names are compared by name; days by their place in the period. */
function valuesBefore(chart: ChartData, before: ChartData | undefined): (number | null)[] {
  const old = before?.series[0]?.values ?? [];
  if (chart.overTime) return chart.labels.map((_, i) => old[i] ?? null);
  const by = new Map(before?.labels.map((label, i) => [label, old[i]]));
  return chart.labels.map((label) => by.get(label) ?? 0);
}

/** The same charts, each with the values of the period before as a second series. */
export function withBefore(
  charts: readonly ChartData[],
  before: readonly ChartData[],
  names: readonly [now: string, before: string],
): ChartData[] {
  return charts.map((chart) => {
    const old = before.find((b) => b.title === chart.title);
    return {
      ...chart,
      series: [
        ...chart.series.map((s) => ({ ...s, name: names[0] })),
        { name: names[1], values: valuesBefore(chart, old) },
      ],
    };
  });
}

/** How a figure has changed, as a share of what it was; null where that says nothing. */
export function changeOf(now: Figure, before: Figure | undefined): number | null {
  if (typeof now.value !== 'number' || typeof before?.value !== 'number') return null;
  return before.value === 0 ? null : (now.value - before.value) / Math.abs(before.value);
}
