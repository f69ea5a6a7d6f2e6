/** What plugins report: a line of figures and drawn numbers for each of their report components, over days that are chosen. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { api } from '../api/client';
import { save } from '../api/download';
import { useQuery, type Query } from '../api/query';
import type { Installation, ReportComponent } from '../api/types';
import { may, useMe } from '../auth/session';
import { usePluginRegistry, useSlot } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { Link, navigate, usePlace, withParams } from '../router/router';
import { formatNumber, texts } from '../text';
import { reportTexts } from '../text/reports';
import { Chart, labelText } from '../ui/chart';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { today } from '../ui/today';
import { csvOf, reportRows } from './csv';
import { ReportTableView } from './report-table';
import {
  asPeriodName,
  before,
  daysOf,
  faultOf,
  PERIODS,
  type Period,
  type PeriodName,
} from './period';
import { changeOf, reportOf, valueText, withBefore, type Figure, type Report } from './report';
import './reports.css';

const DAY = { dateStyle: 'medium' } as const;

const periodText = (from: string, to: string): string =>
  reportTexts.range({ from: labelText(from, DAY), to: labelText(to, DAY) });

interface Asked {
  name: PeriodName;
  days: Period;
  compare: boolean;
}

/** The period is part of the address, so that a report can be sent to somebody. */
function useAsked(): Asked {
  const { query } = usePlace();
  const name = asPeriodName(query.get('period'));
  const custom = { from: query.get('from') ?? '', to: query.get('to') ?? '' };
  const valid = name === 'custom' && faultOf(custom) === null;
  return {
    name: name === 'custom' && !valid ? '30d' : name,
    days: valid ? custom : daysOf(name === 'custom' ? '30d' : name, today()),
    compare: query.get('compare') === '1',
  };
}

function useReport(path: string | null, days: Period): Query<unknown> {
  const key = path && `report/${path}/${days.from}/${days.to}`;
  return useQuery<unknown>(key, (signal) =>
    api.get(path!, { signal, query: { from: days.from, to: days.to } }),
  );
}

function FigureView({ figure, old }: { figure: Figure; old: Figure | undefined }) {
  const change = changeOf(figure, old);
  return (
    <div>
      <dt>{figure.label}</dt>
      <dd className="number">{valueText(figure)}</dd>
      {old && typeof old.value === 'number' && (
        <dd className="figure-before number">
          {!change
            ? reportTexts.beforeValue({ value: valueText(old) })
            : reportTexts.change({
                change: formatNumber(change, {
                  style: 'percent',
                  signDisplay: 'exceptZero',
                  maximumFractionDigits: 0,
                }),
                value: valueText(old),
              })}
        </dd>
      )}
    </div>
  );
}

/** Charts with nothing but zeros, and tables without rows, say no more than none. */
const isEmpty = (report: Report): boolean =>
  report.charts.every((c) => c.series.every((s) => s.values.every((v) => !v))) &&
  report.figures.every((f) => !f.value) &&
  report.tables.every((t) => t.rows.length === 0);

function ReportView(props: { plugin: Installation; report: ReportComponent; asked: Asked }) {
  const { plugin, report, asked } = props;
  const path = `/api/plugins/${plugin.pluginKey}/${report.endpoint.replace(/^\/+/, '')}`;
  const now = useReport(path, asked.days);
  const old = useReport(asked.compare ? path : null, before(asked.name, asked.days));
  const error = now.error ?? (asked.compare ? old.error : null);
  const waits = now.data === undefined || (asked.compare && old.data === undefined);
  const shown = reportOf(now.data);
  const shownBefore = asked.compare ? reportOf(old.data) : null;
  if (shownBefore)
    shown.charts = withBefore(shown.charts, shownBefore.charts, [
      reportTexts.now,
      reportTexts.before,
    ]);
  const [from, to] = shown.period ?? [asked.days.from, asked.days.to];
  const id = `report-${plugin.pluginKey}-${report.id}`;
  return (
    <section className="report" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{report.title}</h2>
          <p className="soft">
            {report.description ?? plugin.displayName} · {periodText(from, to)}
          </p>
        </div>
        <Button
          className="no-print"
          startIcon={<Icon name="download" />}
          disabled={waits}
          aria-label={reportTexts.csvOf({ report: report.title })}
          onClick={() =>
            save(
              // The mark lets spreadsheets read it as UTF-8.
              new Blob(['\ufeff', csvOf(reportRows(shown, shownBefore))], { type: 'text/csv' }),
              `${report.id}-${from}-${to}.csv`,
            )
          }
        >
          {reportTexts.csv}
        </Button>
      </header>
      {error && waits ? (
        <ErrorState error={error} onRetry={now.error ? now.refresh : old.refresh} />
      ) : waits ? (
        <Bars rows={5} label={texts.loading} />
      ) : isEmpty(shown) ? (
        <p className="soft">{reportTexts.noData}</p>
      ) : (
        <>
          {shown.figures.length > 0 && (
            <dl className="figures">
              {shown.figures.map((f) => (
                <FigureView
                  key={f.label}
                  figure={f}
                  old={shownBefore?.figures.find((b) => b.label === f.label)}
                />
              ))}
            </dl>
          )}
          {shown.charts.map((c, i) => (
            <Chart key={`${i}${c.title}`} chart={c} />
          ))}
          {shown.tables.map((t, i) => (
            <ReportTableView key={`${i}${t.title}`} table={t} />
          ))}
        </>
      )}
    </section>
  );
}

/** The first and the last day, asked about when both are there and in order. */
function CustomDays({ days }: { days: Period }) {
  const [typed, setTyped] = useState(days);
  const fault = faultOf(typed);
  const change = (part: Partial<Period>) => {
    const next = { ...typed, ...part };
    setTyped(next);
    if (!faultOf(next)) navigate(withParams({ period: 'custom', ...next }), { replace: true });
  };
  const field = (name: 'from' | 'to') => (
    <TextField
      type="date"
      size="small"
      fullWidth={false}
      label={reportTexts[name]}
      value={typed[name]}
      error={fault !== null}
      onChange={(e) => change({ [name]: e.target.value })}
      slotProps={{ inputLabel: { shrink: true }, htmlInput: { max: today() } }}
    />
  );
  return (
    <div className="report-days">
      {field('from')}
      {field('to')}
      <p role="alert" className="report-fault">
        {fault && reportTexts.faults[fault]}
      </p>
    </div>
  );
}

function Tools({ asked, custom }: { asked: Asked; custom: boolean }) {
  return (
    <div className="report-tools">
      <Choice
        label={reportTexts.period}
        value={custom ? 'custom' : asked.name}
        options={PERIODS.map((p) => ({ value: p, label: reportTexts.periods[p] }))}
        onChange={(p) =>
          navigate(
            withParams({
              period: p,
              from: p === 'custom' ? asked.days.from : null,
              to: p === 'custom' ? asked.days.to : null,
            }),
          )
        }
      />
      {custom && <CustomDays days={asked.days} />}
      <FormControlLabel
        control={
          <Checkbox
            size="small"
            checked={asked.compare}
            onChange={(_, on) => navigate(withParams({ compare: on ? '1' : null }))}
          />
        }
        label={reportTexts.compare}
      />
    </div>
  );
}

export default function ReportsPage() {
  const me = useMe();
  const { query } = usePlace();
  const asked = useAsked();
  const { installations, loading, error, refresh } = usePluginRegistry();
  const widgets = useSlot('reports.widgets');
  const reports = installations
    .filter((p) => p.state === 'enabled')
    .flatMap((plugin) => (plugin.reportComponents ?? []).map((report) => ({ plugin, report })))
    .filter(({ report }) => !report.permission || may(me, report.permission));
  return (
    <Page
      title={reportTexts.title}
      still
      tools={
        reports.length > 0 && <Tools asked={asked} custom={query.get('period') === 'custom'} />
      }
      actions={
        reports.length > 0 && (
          <Button
            className="no-print"
            startIcon={<Icon name="print" />}
            onClick={() => window.print()}
          >
            {reportTexts.print}
          </Button>
        )
      }
    >
      {error && installations.length === 0 ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : loading && installations.length === 0 ? (
        <Bars rows={8} label={texts.loading} />
      ) : reports.length === 0 && widgets.length === 0 ? (
        <Empty icon="reports" title={reportTexts.none} text={reportTexts.noneText}>
          {may(me, 'plugins:manage') && <Link to="/plugins">{reportTexts.toPlugins}</Link>}
        </Empty>
      ) : (
        <div className="reports">
          <PluginSlot id="reports.widgets" slotProps={{}} />
          {reports.map(({ plugin, report }) => (
            <ReportView
              key={`${plugin.id}/${report.id}`}
              plugin={plugin}
              report={report}
              asked={asked}
            />
          ))}
        </div>
      )}
    </Page>
  );
}
