/** What the plugin costs: calls, time and processor a day, rows and space. Drawn, not listed. */
import { BarChart } from '../reports/bar-chart';
import { figure, type Chart } from '../reports/report';
import { T } from '../text';
import { fileSize } from '../text/plugins';
import { M } from '../text/manage';
import { useUsage } from '../market/calls';
import type { UsageDay } from '../market/types';
import { Bars, ErrorState } from '../ui/states';
import { fillDays } from './days';
import { Guests } from './guests';
import '../reports/reports.css';

function Figure({ label, value }: { label: string; value: string | null }) {
  if (value === null) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd className="number">{value}</dd>
    </div>
  );
}

const chart = (
  title: string,
  unit: string,
  days: readonly UsageDay[],
  value: (d: UsageDay) => number,
): Chart => ({
  title,
  unit,
  overTime: true,
  bars: days.map((d) => ({ label: d.day, value: Math.round(value(d) * 10) / 10 })),
});

export function UsageTab({ installationId }: { installationId: string }) {
  const { data, error, refresh } = useUsage(installationId);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={8} label={T.loading} />;
  const days = fillDays(data.days, new Date());
  const failed = days.some((d) => d.errors > 0);
  const number = (n: number | null | undefined) => (typeof n === 'number' ? figure(n) : null);
  return (
    <>
      <section>
        <h2>{M.storage}</h2>
        <dl className="figures">
          <Figure label={M.rows} value={number(data.rows)} />
          <Figure
            label={M.bytes}
            value={typeof data.bytes === 'number' ? fileSize(data.bytes) : null}
          />
          <Figure label={M.workers} value={number(data.workers)} />
          <Figure label={M.callsToday} value={number(days.at(-1)?.calls)} />
        </dl>
      </section>
      <section>
        <h2>{M.tabs.usage}</h2>
        {days.every((d) => d.calls === 0) ? (
          <p className="soft">{M.noCalls}</p>
        ) : (
          <div className="charts">
            <BarChart chart={chart(M.perDay.calls, M.callUnit, days, (d) => d.calls)} />
            <BarChart chart={chart(M.perDay.time, 'ms', days, (d) => d.msAvg)} />
            <BarChart chart={chart(M.perDay.cpu, 'ms', days, (d) => d.cpuMs)} />
            {failed && (
              <BarChart chart={chart(M.perDay.errors, M.errorUnit, days, (d) => d.errors)} />
            )}
          </div>
        )}
      </section>
      <Guests of={{ id: installationId }} />
    </>
  );
}
