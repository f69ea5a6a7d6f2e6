/** What the plugin costs: calls, time and processor a day, rows and space. Drawn, not listed. */
import { texts } from '../text';
import { fileSize } from '../ui/amounts';
import { manageTexts } from '../text/manage';
import { useUsage } from '../market/calls';
import type { UsageDay } from '../market/types';
import { Chart, type ChartData } from '../ui/chart';
import { figure } from '../ui/quantity';
import { Bars, ErrorState } from '../ui/states';
import { fillDays } from './days';
import { today } from '../ui/today';
import { Guests } from './guests';
import { Shown } from './shown';
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
): ChartData => ({
  title,
  unit,
  overTime: true,
  labels: days.map((d) => d.day),
  series: [{ name: title, values: days.map((d) => Math.round(value(d) * 10) / 10) }],
});

export function UsageTab({ installationId }: { installationId: string }) {
  const { data, error, refresh } = useUsage(installationId);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={8} label={texts.loading} />;
  const days = fillDays(data.days, today());
  const failed = days.some((d) => d.errors > 0);
  const number = (n: number | null | undefined) => (typeof n === 'number' ? figure(n) : null);
  return (
    <>
      <section>
        <h2>{manageTexts.storage}</h2>
        <dl className="figures">
          <Figure label={manageTexts.rows} value={number(data.rows)} />
          <Figure
            label={manageTexts.bytes}
            value={typeof data.bytes === 'number' ? fileSize(data.bytes) : null}
          />
          <Figure label={manageTexts.workers} value={number(data.workers)} />
          <Figure label={manageTexts.installs} value={manageTexts.times({ n: data.installs })} />
          <Figure
            label={manageTexts.failedInstalls}
            value={data.failedInstalls > 0 ? figure(data.failedInstalls) : null}
          />
          <Figure label={manageTexts.callsToday} value={number(days.at(-1)?.calls)} />
        </dl>
      </section>
      <section>
        <h2>{manageTexts.tabs.usage}</h2>
        {days.every((d) => d.calls === 0) ? (
          <p className="soft">{manageTexts.noCalls}</p>
        ) : (
          <div className="charts">
            <Chart
              chart={chart(manageTexts.perDay.calls, manageTexts.callUnit, days, (d) => d.calls)}
            />
            <Chart chart={chart(manageTexts.perDay.time, 'ms', days, (d) => d.msAvg)} />
            <Chart chart={chart(manageTexts.perDay.cpu, 'ms', days, (d) => d.cpuMs)} />
            {failed && (
              <Chart
                chart={chart(
                  manageTexts.perDay.errors,
                  manageTexts.errorUnit,
                  days,
                  (d) => d.errors,
                )}
              />
            )}
          </div>
        )}
      </section>
      <Shown components={data.components} />
      <Guests of={{ id: installationId }} />
    </>
  );
}
