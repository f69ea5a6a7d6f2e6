/** The drawing of a chart: what follows in time stands on an axis of days, names lie below each other. */
import { BarChart } from '@mui/x-charts/BarChart';
import { LineChart } from '@mui/x-charts/LineChart';
import useMediaQuery from '@mui/material/useMediaQuery';
import { texts } from '../text';
import { labelText, type ChartData } from './chart';
import { clock, figure, quantity } from './quantity';

/** More bars than this are too thin for an eye or a finger. */
const BARS_MAX = 62;
const HEIGHT = 240;
const ROW = 30;
const AXIS = 48;
const FONT = { fontSize: 12 };
const COLOURS = ['var(--mt-accent)', 'var(--mt-before)'];

const SHORT_DAY = { day: 'numeric', month: 'short' } as const;
const LONG_DAY = { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' } as const;

/** Less than an hour in all is drawn in minutes: an axis of "0:00, 0:00, 0:01" says nothing. */
function scaled(chart: ChartData): ChartData {
  const all = chart.series.flatMap((s) => s.values.map((v) => v ?? 0));
  if (chart.unit !== 'h' || Math.max(...all) >= 1) return chart;
  const series = chart.series.map((s) => ({
    ...s,
    values: s.values.map((v) => v && Math.round(v * 600) / 10),
  }));
  return { ...chart, unit: 'min', series };
}

/** What stands beside the axis of values: the unit, once. */
const axisLabel = (unit: string): string =>
  unit === 'h' ? texts.charts.hours : unit === 'bytes' ? '' : unit;

const tick = (unit: string) => (value: number) =>
  unit === 'h' ? clock(value) : unit === 'bytes' ? quantity(value, unit) : figure(value);

export default function ChartDrawing({ chart }: { chart: ChartData }) {
  const phone = useMediaQuery('(max-width: 700px)');
  const { title, unit, overTime, labels, series } = scaled(chart);
  const whole = series.every((s) => s.values.every((v) => v === null || Number.isInteger(v)));
  const drawn = series.map((s, i) => ({
    id: i,
    label: s.name,
    data: [...s.values],
    color: COLOURS[i % COLOURS.length]!,
    valueFormatter: (value: number | null) => (value === null ? '–' : quantity(value, unit)),
    showMark: false,
    curve: 'linear' as const,
  }));
  const values = {
    label: axisLabel(unit),
    valueFormatter: tick(unit),
    tickLabelStyle: FONT,
    labelStyle: FONT,
    min: Math.min(0, ...series.flatMap((s) => s.values.map((v) => v ?? 0))),
    // Calls come whole: an axis between 0 and 1 has no steps.
    ...(whole && { tickMinStep: 1 }),
  };
  const names = {
    data: [...labels],
    tickLabelStyle: FONT,
    valueFormatter: (label: string, { location }: { location: string }) =>
      labelText(label, location === 'tick' ? SHORT_DAY : LONG_DAY),
  };
  const common = {
    series: drawn,
    hideLegend: series.length < 2,
    enableKeyboardNavigation: true,
    skipAnimation: true,
    role: 'img',
    'aria-label': title,
    margin: { left: 0, right: 28, top: 16, bottom: 0 },
    slotProps: { legend: { position: { vertical: 'top', horizontal: 'start' } } },
  } as const;
  if (chart.kind === 'line' || (overTime && labels.length > BARS_MAX))
    return (
      <LineChart
        {...common}
        height={HEIGHT}
        grid={{ horizontal: true }}
        xAxis={[{ ...names, scaleType: 'point', height: 28, tickLabelMinGap: 12 }]}
        yAxis={[{ ...values, width: unit ? 64 : 48 }]}
      />
    );
  if (overTime)
    return (
      <BarChart
        {...common}
        height={HEIGHT}
        borderRadius={2}
        grid={{ horizontal: true }}
        xAxis={[{ ...names, scaleType: 'band', height: 28, tickLabelMinGap: 12 }]}
        yAxis={[{ ...values, width: unit ? 64 : 48 }]}
      />
    );
  return (
    <BarChart
      {...common}
      layout="horizontal"
      height={AXIS + 24 + labels.length * ROW * Math.min(1.4, 0.6 + 0.4 * series.length)}
      borderRadius={2}
      grid={{ vertical: true }}
      xAxis={[{ ...values, height: AXIS }]}
      yAxis={[{ ...names, scaleType: 'band', width: phone ? 104 : 176, disableTicks: true }]}
    />
  );
}
