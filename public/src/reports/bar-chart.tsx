/** Bars as SVG: what runs over time stands on an axis, names lie below each other. A table says the
 * same to those who can't see them. */
import useMediaQuery from '@mui/material/useMediaQuery';
import { useId } from 'react';
import { formatDate, T } from '../text';
import { figure, type Chart } from './report';

/** Units of the drawing are pixels, so that its text keeps its size on a phone. */
const WIDTH = 720;
const WIDTH_PHONE = 328;
const LABEL_WIDTH = 64;
const HEIGHT = 168;
const FOOT = 24;

/** The next round number above. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 3, 4, 5, 6, 8, 10]) if (value <= step * power) return step * power;
  return value;
}

function ColumnChart({ chart }: { chart: Chart }) {
  const wide = useMediaQuery('(max-width: 700px)') ? WIDTH_PHONE : WIDTH;
  const top = niceCeiling(Math.max(...chart.bars.map((b) => b.value)));
  const step = (wide - 40) / chart.bars.length;
  const width = Math.min(40, step * 0.7);
  const every = Math.ceil(chart.bars.length / Math.floor((wide - 40) / LABEL_WIDTH));
  const y = (v: number) => 8 + (HEIGHT - FOOT - 8) * (1 - Math.max(0, v) / top);
  return (
    <svg className="chart" viewBox={`0 0 ${wide} ${HEIGHT}`} aria-hidden="true">
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line x1="40" x2={wide} y1={y(top * share)} y2={y(top * share)} className="chart-grid" />
          <text x="32" y={y(top * share) + 4} textAnchor="end">
            {figure(top * share)}
          </text>
        </g>
      ))}
      {chart.bars.map((b, i) => (
        <g key={i}>
          <rect
            className="chart-bar"
            x={40 + step * i + (step - width) / 2}
            y={y(b.value)}
            width={width}
            height={Math.max(b.value > 0 ? 2 : 0, y(0) - y(b.value))}
            rx="2"
          >
            <title>{`${b.label}: ${figure(b.value)} ${chart.unit}`}</title>
          </rect>
          {i % every === 0 && (
            <text x={40 + step * (i + 0.5)} y={HEIGHT - 6} textAnchor="middle">
              {shortLabel(b.label)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function RowChart({ chart }: { chart: Chart }) {
  const top = Math.max(...chart.bars.map((b) => b.value), 0) || 1;
  return (
    <div className="row-chart" aria-hidden="true">
      {chart.bars.map((b, i) => (
        <div key={i}>
          <span title={b.label}>{b.label}</span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none">
            <rect className="chart-bar" width={(100 * Math.max(0, b.value)) / top} height="8" />
          </svg>
          <span className="number">
            {figure(b.value)} {chart.unit}
          </span>
        </div>
      ))}
    </div>
  );
}

/** "2026-11-21" -> "21 Nov" in the reader's own way. */
function shortLabel(label: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(label)) return label;
  return formatDate(new Date(`${label}T12:00:00`), { day: 'numeric', month: 'short' });
}

export function BarChart({ chart }: { chart: Chart }) {
  const id = useId();
  return (
    <figure className="chart-figure" aria-labelledby={id}>
      <figcaption id={id}>{chart.title}</figcaption>
      {chart.bars.length === 0 ? (
        <p className="soft">{T.reports.noData}</p>
      ) : (
        <>
          {chart.overTime ? <ColumnChart chart={chart} /> : <RowChart chart={chart} />}
          <table className="visually-hidden">
            <caption>{chart.title}</caption>
            <tbody>
              {chart.bars.map((b, i) => (
                <tr key={i}>
                  <th scope="row">{b.label}</th>
                  <td>
                    {figure(b.value)} {chart.unit}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </figure>
  );
}
