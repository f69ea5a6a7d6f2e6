/** The audit log: of one's company, and in the system administration the server's or any company's. */
import { useState } from 'react';
import { download } from '../api/download';
import { ApiError, api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items, User } from '../api/types';
import { Link, navigate, usePlace, withParams } from '../router/router';
import { formatDay, texts } from '../text';
import { auditTexts } from '../text/audit';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import {
  AREAS,
  askedBy,
  daysOf,
  isFiltered,
  PERIODS,
  queryOf,
  SERVER_AREAS,
  useAudit,
  type Asked,
} from './data';
import { EntryItem } from './entry';
import './audit.css';

const set = (name: keyof Asked) => (value: string) =>
  navigate(withParams({ [name]: value }), { replace: true });

/** Everybody of the company; the system administration has the search. */
function PersonChoice({ value }: { value: string }) {
  const { data } = useQuery<Items<User>>('users', (signal) => api.get('/api/users', { signal }));
  const people = data?.items ?? [];
  return (
    <Choice
      label={auditTexts.person}
      value={value}
      active={value !== ''}
      options={[
        { value: '', label: auditTexts.anybody },
        ...people.map((u) => ({ value: u.id, label: u.name })),
      ]}
      onChange={set('person')}
    />
  );
}

function Tools({ asked, system }: { asked: Asked; system: boolean }) {
  const t = auditTexts;
  const areas = system && !asked.company ? SERVER_AREAS : AREAS;
  return (
    <>
      <SearchField label={t.search} value={asked.q} maxLength={200} onChange={set('q')} />
      {!system && <PersonChoice value={asked.person} />}
      <Choice
        label={t.area}
        value={asked.area}
        active={asked.area !== ''}
        options={[
          { value: '', label: t.anything },
          ...areas.map((value) => ({ value, label: t.areas[value] })),
        ]}
        onChange={set('area')}
      />
      <Choice
        label={t.period}
        value={asked.period}
        active={asked.period !== '30'}
        options={PERIODS.map((value) => ({ value, label: t.periods[value] }))}
        onChange={set('period')}
      />
    </>
  );
}

function ExportButton({ asked }: { asked: Asked }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await download('/api/audit.csv', undefined, { query: queryOf(asked, new Date()) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast({ title: auditTexts.exportFailed, message: error.message, tone: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="outlined"
      disabled={busy}
      startIcon={<Icon name="download" size={14} />}
      onClick={() => void run()}
    >
      {auditTexts.export}
    </Button>
  );
}

function Log({ asked }: { asked: Asked }) {
  const t = auditTexts;
  const { items, error, hasMore, loadingMore, loadMore, refresh } = useAudit(asked);
  if (error && !items) return <ErrorState error={error} onRetry={refresh} />;
  if (!items) return <Bars rows={8} label={texts.loading} />;
  if (items.length === 0 && isFiltered(asked))
    return (
      <Empty icon="search" title={t.noMatch} text={t.noMatchText}>
        <Button
          variant="outlined"
          onClick={() => navigate(withParams({ q: null, person: null, area: null, period: 'all' }))}
        >
          {t.reset}
        </Button>
      </Empty>
    );
  if (items.length === 0) return <Empty icon="shield" title={t.none} text={t.noneText} />;
  return (
    <>
      <ol className="audit-days">
        {daysOf(items).map(({ day, entries }) => (
          <li key={day}>
            <h2>{formatDay(day, { dateStyle: 'full' })}</h2>
            <ol>
              {entries.map((entry) => (
                <EntryItem key={entry.id} entry={entry} />
              ))}
            </ol>
          </li>
        ))}
      </ol>
      {hasMore && (
        <p className="audit-next">
          <Button variant="outlined" onClick={loadMore} disabled={loadingMore}>
            {t.more}
          </Button>
        </p>
      )}
    </>
  );
}

export default function AuditPage({ system = false }: { system?: boolean }) {
  const t = auditTexts;
  const { query, path } = usePlace();
  const asked = askedBy(query);
  const ofCompany = system && asked.company !== '';
  const title = ofCompany ? t.ofCompany({ name: asked.company }) : system ? t.server : t.title;
  return (
    <Page
      title={title}
      {...(ofCompany && { note: <Link to={path}>{t.toServer}</Link> })}
      actions={<ExportButton asked={asked} />}
      tools={<Tools asked={asked} system={system} />}
    >
      <Log asked={asked} />
    </Page>
  );
}
