/** The server's mails: who takes them, what waits and why, another try. */
import { useState } from 'react';
import { ApiError, api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { ActionMenu, StateChip, type PluginTone } from '../plugins/card';
import { formatNumber, texts } from '../text';
import { accountTexts } from '../text/account';
import { systemTexts } from '../text/system';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Page } from '../ui/page';
import { SortBy, SortHead, type Sorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
import { deadline, Time } from '../ui/time';
import { Pages } from './pages';

interface Mail {
  id: string;
  kind:
    | 'invite'
    | 'reset'
    | 'test'
    | 'refused'
    | 'register'
    | 'password'
    | 'factor'
    | 'digest'
    | 'device';
  address: string;
  company: string;
  state: 'waiting' | 'sending' | 'given' | 'sent' | 'failed' | 'unknown';
  tries: number;
  fault: string | null;
  madeAt: string;
  dueAt: string | null;
}

interface Mails {
  server: { url: string; from: string } | null;
  total: number;
  items: Mail[];
}

const STATES = ['', 'waiting', 'sent', 'failed', 'unknown'] as const;
type StateFilter = (typeof STATES)[number];
type Column = 'to' | 'state' | 'company' | 'tries' | 'made';
const PAGE = 50;

interface Heads {
  sorting: Sorting<Column>;
  onSort: (by: Column) => void;
}
const KEY = 'mails/';

const TONES: Record<Mail['state'], PluginTone> = {
  waiting: 'warn',
  sending: 'warn',
  given: 'warn',
  sent: 'good',
  failed: 'bad',
  unknown: 'warn',
};

async function act(call: () => Promise<unknown>) {
  try {
    await call();
  } catch (caught) {
    if (!(caught instanceof ApiError)) throw caught;
    toast({ title: caught.message, tone: 'error' });
  }
  invalidate(KEY);
}

/** Why it is where it is; the server's own words stay as they are. */
function why({ state, fault }: Mail): string | null {
  if (state === 'unknown') return systemTexts.mail.maybe;
  return fault ?? (state === 'failed' ? systemTexts.mail.notNeeded : null);
}

function Row({ mail }: { mail: Mail }) {
  const t = systemTexts.mail;
  const path = `/api/mail/${mail.id}`;
  const moves = mail.state === 'sending' || mail.state === 'given';
  const actions = moves
    ? []
    : [
        { label: t.again, run: () => void act(() => api.post(`${path}/again`, {})) },
        { label: t.drop, danger: true, run: () => void act(() => api.del(path)) },
      ];
  const reason = why(mail);
  return (
    <tr>
      <td>
        <span className="company-name">
          <strong>{mail.address}</strong>
          <span className="soft">{t.kinds[mail.kind]}</span>
          {reason && <span className="company-reason soft">{reason}</span>}
          {mail.dueAt && mail.tries > 0 && (
            <span className="soft">{t.next({ time: deadline(mail.dueAt) })}</span>
          )}
        </span>
      </td>
      <td>
        <StateChip label={t.states[mail.state]} tone={TONES[mail.state]} />
      </td>
      <td className="company-wide">{mail.company}</td>
      <td className="number company-wide">{formatNumber(mail.tries)}</td>
      <td className="company-seen">
        <Time iso={mail.madeAt} />
      </td>
      <td className="company-actions">
        {actions.length > 0 && (
          <ActionMenu label={texts.plugins.actionsOf({ name: mail.address })} actions={actions} />
        )}
      </td>
    </tr>
  );
}

function TestButton() {
  const t = systemTexts.mail;
  const [busy, setBusy] = useState(false);
  const test = async () => {
    setBusy(true);
    await act(async () => {
      const { address } = await api.post<{ address: string }>('/api/mail/test', {});
      toast({ title: t.tested({ address }), tone: 'success' });
    });
    setBusy(false);
  };
  return (
    <Button variant="contained" disabled={busy} onClick={() => void test()}>
      {t.test}
    </Button>
  );
}

function List({ mails, head }: { mails: Mails; head: Heads }) {
  const t = systemTexts.mail;
  const columns: { value: Column; label: string }[] = [
    { value: 'made', label: t.asked },
    { value: 'to', label: t.to },
    { value: 'state', label: t.state },
    { value: 'company', label: t.company },
    { value: 'tries', label: t.tries },
  ];
  return (
    <>
      <SortBy className="companies-sort" options={columns} {...head} />
      <table className="table companies">
        <thead>
          <tr>
            <SortHead by="to" {...head}>
              {t.to}
            </SortHead>
            <SortHead by="state" {...head}>
              {t.state}
            </SortHead>
            <SortHead by="company" className="company-wide" {...head}>
              {t.company}
            </SortHead>
            <SortHead by="tries" className="company-wide" {...head}>
              {t.tries}
            </SortHead>
            <SortHead by="made" className="company-seen" {...head}>
              {t.asked}
            </SortHead>
            <th scope="col" className="company-actions">
              <span className="visually-hidden">{accountTexts.list.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {mails.items.map((mail) => (
            <Row key={mail.id} mail={mail} />
          ))}
        </tbody>
      </table>
    </>
  );
}

export function SystemMail() {
  const t = systemTexts.mail;
  const [state, setState] = useState<StateFilter>('');
  const [offset, setOffset] = useState(0);
  const [sorting, setSorting] = useState<Sorting<Column>>({ by: 'made', down: true });
  const query = {
    ...(state && { state }),
    sort: `${sorting.down ? '-' : ''}${sorting.by}`,
    limit: PAGE,
    offset,
  };
  const head = {
    sorting,
    onSort: (by: Column) => {
      setSorting({ by, down: sorting.by === by ? !sorting.down : by === 'made' });
      setOffset(0);
    },
  };
  // No event tells of a mail: what is being sent is looked at while somebody looks.
  const { data, error, refresh } = useQuery<Mails>(
    `${KEY}${JSON.stringify(query)}`,
    (signal) => api.get('/api/mail', { query, signal }),
    { every: () => 5000 },
  );
  return (
    <Page
      title={t.title}
      note={data && <span className="number">{formatNumber(data.total)}</span>}
      actions={data?.server && <TestButton />}
      tools={
        <Choice
          label={t.state}
          value={state}
          active={state !== ''}
          options={STATES.map((value) => ({
            value,
            label: value === '' ? t.any : t.states[value],
          }))}
          onChange={(value) => {
            setState(value);
            setOffset(0);
          }}
        />
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={8} label={texts.loading} />
      ) : (
        <>
          {data.server && <p className="mail-server soft">{t.server(data.server)}</p>}
          {data.items.length > 0 ? (
            <>
              <List mails={data} head={head} />
              <Pages
                label={t.pages}
                size={PAGE}
                offset={offset}
                total={data.total}
                onChange={setOffset}
              />
            </>
          ) : !data.server ? (
            <Empty icon="send" title={t.off} text={t.offText} />
          ) : (
            <Empty icon="send" title={state ? t.noMatch : t.none} text={t.noneText} />
          )}
        </>
      )}
    </Page>
  );
}
