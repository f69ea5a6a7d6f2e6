/** Exports of a whole company: ask for one, see how far it is, download it, remove it. */
import LinearProgress from '@mui/material/LinearProgress';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { ApiError, api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items } from '../api/types';
import { formatDate, texts, translate, type Text } from '../text';
import { companyTexts } from '../text/company';
import '../text/server';
import { toast } from '../toasts/store';
import { fileSize, formatShare } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import './company.css';

interface CompanyExport {
  id: string;
  state: 'waiting' | 'making' | 'ready' | 'failed';
  askedBy: string;
  askedAt: string;
  part: string | null;
  done: number;
  total: number;
  size: number | null;
  fault: string | null;
  faultText: Text | null;
  expiresAt: string | null;
}

const runs = (e: CompanyExport) => e.state === 'waiting' || e.state === 'making';

function State({ of }: { of: CompanyExport }) {
  const t = companyTexts.exports;
  if (of.state === 'failed')
    return <span className="export-failed">{translate(of.faultText, of.fault ?? '')}</span>;
  if (of.state === 'ready')
    return (
      <span className="soft">
        {t.kept({
          size: fileSize(of.size ?? 0),
          day: of.expiresAt ? formatDate(new Date(of.expiresAt), { dateStyle: 'medium' }) : '',
        })}
      </span>
    );
  const share = of.total > 0 ? of.done / of.total : 0;
  return (
    <span className="export-progress" role="status">
      <LinearProgress
        variant={of.total > 0 ? 'determinate' : 'indeterminate'}
        value={share * 100}
        aria-label={t.running}
      />
      <span className="soft">{of.total > 0 ? formatShare(share) : t.waiting}</span>
    </span>
  );
}

/** `path`: of the company's own, or of the system administration's. */
export function Exports({ path }: { path: string }) {
  const t = companyTexts.exports;
  const [busy, setBusy] = useState(false);
  const { data, error, refresh } = useQuery<Items<CompanyExport>>(
    path,
    (signal) => api.get(path, { signal }),
    { every: (found) => (found?.items.some(runs) ? 1000 : false) },
  );
  const send = async (what: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await what();
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      toast({ title: t.failed, message: e.message, tone: 'error' });
    } finally {
      setBusy(false);
      refresh();
    }
  };
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  return (
    <section className="company-exports" aria-label={t.title}>
      <p className="soft">{t.text}</p>
      <Button
        variant="outlined"
        startIcon={<Icon name="download" size={14} />}
        loading={busy}
        disabled={data.items.some(runs)}
        onClick={() => void send(() => api.post(path, {}))}
      >
        {t.make}
      </Button>
      {data.items.length > 0 && (
        <ul>
          {data.items.map((e) => (
            <li key={e.id}>
              <span className="export-what">
                <span>
                  {t.by({ name: e.askedBy })} <Time iso={e.askedAt} />
                </span>
                <State of={e} />
              </span>
              {e.state === 'ready' && (
                <Button href={`${path}/${e.id}`} download>
                  {t.download}
                </Button>
              )}
              <Button
                color="inherit"
                disabled={busy}
                onClick={() => void send(() => api.del(`${path}/${e.id}`))}
              >
                {runs(e) ? texts.cancel : t.remove}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
