/**
 * Numbers as a drawing, or as the table that says the same: who can't see the drawing has the table anyway, and
 * everybody can switch to it. The drawing is a chunk of its own (MUI X Charts), fetched with the first chart.
 */
import { Suspense, useId, useState } from 'react';
import { formatDay, texts } from '../text';
import { Icon } from './icons';
import { lazyThemed } from './lazy';
import { quantity } from './quantity';
import { sorted, SortHead, useSorting } from './sort';
import './chart.css';

export interface Series {
  name: string;
  /** One for each label; null where nothing is known. */
  values: readonly (number | null)[];
}

export interface ChartData {
  /** Else bars, or a line where there are too many of them. A donut has the first series. */
  kind?: 'bar' | 'line' | 'donut';
  title: string;
  /** Of the values, as quantity() takes it: "h", "ms", "bytes", "calls" or nothing. */
  unit: string;
  /** The labels follow each other in time: days are written yyyy-mm-dd. */
  overTime: boolean;
  labels: readonly string[];
  /** The first is what it is about; others are for comparison. */
  series: readonly Series[];
}

const Drawing = lazyThemed(() => import('./chart-drawing'));
const Donut = lazyThemed(() => import('./chart-donut'));

export const isDay = (text: unknown): text is string =>
  typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text);

/** A label that is a day, as the reader writes days. */
export const labelText = (label: string, options: Intl.DateTimeFormatOptions): string =>
  isDay(label) ? formatDay(label, options) : label;

const DAY = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;

/** As the chart has them, until a head is pressed; a series is known by its place. */
const AS_GIVEN = '';
const LABEL = 'label';

function ChartTable(props: { chart: ChartData; titleId: string; sorts: boolean }) {
  const { chart, titleId, sorts } = props;
  const { sorting, onSort } = useSorting<string>(AS_GIVEN);
  const value = (i: number) => {
    if (sorting.by === AS_GIVEN) return 0;
    if (sorting.by !== LABEL) return chart.series[Number(sorting.by)]?.values[i];
    return chart.overTime ? i : labelText(chart.labels[i] ?? '', DAY);
  };
  const rows = sorted([...chart.labels.keys()], value, sorting);
  const head = (by: string, text: string) =>
    // What only a screen reader has is no place for buttons: nobody would see what has the focus.
    sorts ? (
      <SortHead key={by} by={by} sorting={sorting} onSort={onSort}>
        {text}
      </SortHead>
    ) : (
      <th key={by} scope="col">
        {text}
      </th>
    );
  return (
    <table className="chart-table" aria-labelledby={titleId}>
      <thead>
        <tr>
          {head(LABEL, chart.overTime ? texts.charts.day : texts.charts.name)}
          {chart.series.map((s, n) => head(String(n), s.name))}
        </tr>
      </thead>
      <tbody>
        {rows.map((i) => (
          <tr key={i}>
            <th scope="row">{labelText(chart.labels[i] ?? '', DAY)}</th>
            {chart.series.map((s) => {
              const value = s.values[i];
              return (
                <td key={s.name} className="number">
                  {typeof value === 'number' ? quantity(value, chart.unit) : '–'}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Chart({ chart }: { chart: ChartData }) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const empty = chart.labels.length === 0;
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <span id={id}>{chart.title}</span>
        {!empty && (
          <button
            type="button"
            className="chart-switch"
            aria-pressed={asTable}
            aria-label={`${texts.charts.asTable}: ${chart.title}`}
            onClick={() => setAsTable(!asTable)}
          >
            <Icon name="table" size={14} />
            {texts.charts.asTable}
          </button>
        )}
      </figcaption>
      {empty ? (
        <p className="soft">{texts.charts.empty}</p>
      ) : (
        <>
          {!asTable && (
            <Suspense fallback={<div className="chart-place" />}>
              {chart.kind === 'donut' ? <Donut chart={chart} /> : <Drawing chart={chart} />}
            </Suspense>
          )}
          <div className={asTable ? 'chart-table-place' : 'visually-hidden'}>
            <ChartTable chart={chart} titleId={id} sorts={asTable} />
          </div>
        </>
      )}
    </figure>
  );
}
