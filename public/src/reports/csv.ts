/** A report as a table for spreadsheets: a row for each figure and each value of a chart or a table. */
import { texts } from '../text';
import type { Report } from './report';
import { reportTexts } from '../text/reports';

type Cell = string | number | boolean | null | undefined;

/** What a spreadsheet would take for a formula is text: names come from people. */
function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export const csvOf = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => row.map(cell).join(',') + '\r\n').join('');

/** `before` has the figures of the period before, where they are compared. */
export function reportRows(report: Report, before: Report | null): Cell[][] {
  const { part, name, unit } = reportTexts.columns;
  const head = [part, name, texts.charts.value, ...(before ? [reportTexts.before] : []), unit];
  const old = new Map(before?.figures.map((f) => [f.label, f.value]));
  return [
    head,
    ...report.figures.map((f) => [
      reportTexts.figures,
      f.label,
      f.value,
      ...(before ? [old.get(f.label)] : []),
      f.unit,
    ]),
    ...report.charts.flatMap((c) =>
      c.labels.map((label, i) => [c.title, label, ...c.series.map((s) => s.values[i]), c.unit]),
    ),
    // A row of a table is one here for each of its columns behind the first, which says what it is about.
    ...report.tables.flatMap((t) =>
      t.rows.flatMap(([first, ...values]) =>
        values.map((value, i) => [
          t.title,
          `${first ?? ''}: ${t.columns[i + 1]!.label}`,
          value,
          ...(before ? [null] : []),
          t.columns[i + 1]!.unit,
        ]),
      ),
    ),
  ];
}
