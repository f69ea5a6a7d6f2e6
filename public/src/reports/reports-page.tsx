/** What plugins report: a line of figures and drawn numbers for each of their report components. */
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Installation, ReportComponent } from '../api/types';
import { may, useMe } from '../auth/session';
import { usePluginRegistry, useSlot } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { Link } from '../router/router';
import { Page } from '../ui/page';
import { formatDate, T } from '../text';
import { Bars, Empty, ErrorState } from '../ui/states';
import { BarChart } from './bar-chart';
import { reportOf } from './report';
import './reports.css';

function periodText([from, to]: [string, string]): string {
  const day = (iso: string) => formatDate(new Date(`${iso}T12:00:00`), { dateStyle: 'medium' });
  return `${day(from)} – ${day(to)}`;
}

function ReportView({ plugin, report }: { plugin: Installation; report: ReportComponent }) {
  const path = `/api/plugins/${plugin.pluginKey}/${report.endpoint.replace(/^\/+/, '')}`;
  const { data, error, refresh } = useQuery<unknown>(`report/${path}`, (signal) =>
    api.get(path, { signal }),
  );
  const read = reportOf(data);
  const id = `report-${plugin.pluginKey}-${report.id}`;
  return (
    <section className="report" aria-labelledby={id}>
      <header>
        <h2 id={id}>{report.title}</h2>
        <p className="soft">
          {report.description ?? plugin.displayName}
          {read.period && ` · ${periodText(read.period)}`}
        </p>
      </header>
      {error && data === undefined ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : data === undefined ? (
        <Bars rows={5} label={T.loading} />
      ) : (
        <>
          {read.figures.length > 0 && (
            <dl className="figures">
              {read.figures.map((f) => (
                <div key={f.label}>
                  <dt>{f.label}</dt>
                  <dd className="number">{f.value}</dd>
                </div>
              ))}
            </dl>
          )}
          {read.charts.map((c, i) => (
            <BarChart key={`${i}${c.title}`} chart={c} />
          ))}
          {read.figures.length === 0 && read.charts.length === 0 && (
            <p className="soft">{T.reports.noData}</p>
          )}
        </>
      )}
    </section>
  );
}

export default function ReportsPage() {
  const me = useMe();
  const { installations, loading, error, refresh } = usePluginRegistry();
  const widgets = useSlot('reports.widgets');
  const reports = installations
    .filter((p) => p.state === 'enabled')
    .flatMap((plugin) => (plugin.reportComponents ?? []).map((report) => ({ plugin, report })))
    .filter(({ report }) => !report.permission || may(me, report.permission));
  return (
    <Page title={T.reports.title} still>
      {error && installations.length === 0 ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : loading ? (
        <Bars rows={8} label={T.loading} />
      ) : reports.length === 0 && widgets.length === 0 ? (
        <Empty icon="reports" title={T.reports.none} text={T.reports.noneText}>
          {may(me, 'plugins:manage') && <Link to="/plugins">{T.reports.toPlugins}</Link>}
        </Empty>
      ) : (
        <div className="reports">
          <PluginSlot id="reports.widgets" slotProps={{}} />
          {reports.map(({ plugin, report }) => (
            <ReportView key={`${plugin.id}/${report.id}`} plugin={plugin} report={report} />
          ))}
        </div>
      )}
    </Page>
  );
}
