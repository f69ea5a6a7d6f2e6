/** Parts of a whole. Each is named beside it, so that nobody has to tell shades apart. */
import useMediaQuery from '@mui/material/useMediaQuery';
import { PieChart } from '@mui/x-charts/PieChart';
import { labelText, type ChartData } from './chart';
import { quantity } from './quantity';

const HEIGHT = 240;
const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
/** Shades of the accent: neighbours are far from each other. */
const STEPS = [100, 45, 75, 28, 60, 18];

const shade = (i: number): string =>
  `color-mix(in srgb, var(--mt-accent) ${STEPS[i % STEPS.length]!}%, var(--mt-ground))`;

export default function ChartDonut({ chart }: { chart: ChartData }) {
  const phone = useMediaQuery('(max-width: 700px)');
  const values = chart.series[0]?.values ?? [];
  const say = (value: number) => quantity(value, chart.unit);
  const data = chart.labels.map((label, i) => {
    const value = Math.max(0, values[i] ?? 0);
    return { id: i, value, label: `${labelText(label, DAY)}: ${say(value)}`, color: shade(i) };
  });
  return (
    <PieChart
      series={[
        {
          data,
          innerRadius: '60%',
          paddingAngle: 1,
          cornerRadius: 2,
          valueFormatter: ({ value }) => say(value),
        },
      ]}
      height={HEIGHT}
      enableKeyboardNavigation
      skipAnimation
      role="img"
      aria-label={chart.title}
      slotProps={{
        legend: {
          direction: phone ? 'horizontal' : 'vertical',
          position: phone
            ? { vertical: 'bottom', horizontal: 'center' }
            : { vertical: 'middle', horizontal: 'end' },
        },
      }}
    />
  );
}
