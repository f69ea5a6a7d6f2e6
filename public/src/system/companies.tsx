/** The companies of this server: who is here, in which state, and how much they work. */
import { Button } from '../ui/button';
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Items } from '../api/types';
import { useMe } from '../auth/session';
import { ActionMenu, StateChip, type PluginTone } from '../plugins/card';
import { formatDate, formatNumber, texts } from '../text';
import { accountTexts } from '../text/account';
import { systemTexts } from '../text/system';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { SearchField } from '../ui/search';
import { SortBy, SortHead, type Sorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { navigate } from '../router/router';
import { Pages } from './pages';
import { useEvents } from '../events/live';
import { Announce } from './announce';
import { LimitBar, LIMIT_KINDS, type Limits } from '../company/limits';
import { Registrations } from './registrations';
import type { Organization } from './organization';
import { CompanyDialog, type CompanyAction } from './company-dialogs';

export interface Company {
  code: string;
  name: string;
  state: 'pending' | 'active' | 'suspended';
  stateReason: string | null;
  stateSince: string;
  createdAt: string;
  organization: Organization;
  people: number;
  invited: number;
  plugins: number;
  tickets: number;
  limits: Limits;
  lastSignInAt: string | null;
  deletion: {
    dueAt: string;
    askedAt: string;
    askedBy: string;
    began: boolean;
    rows: number;
    removed: number;
    failedAt: string | null;
  } | null;
}

const STATES = ['', 'active', 'suspended', 'near'] as const;
type StateFilter = (typeof STATES)[number];
type SortBy = 'name' | 'people' | 'created';
const PAGE = 50;

const TONES: Record<Company['state'], PluginTone> = {
  active: 'good',
  pending: 'warn',
  suspended: 'bad',
};

/** When it is deleted, or how far that is. */
function Deletion({ of }: { of: NonNullable<Company['deletion']> }) {
  const t = systemTexts.company;
  const share = of.rows > 0 ? Math.min(100, Math.round((of.removed / of.rows) * 100)) : 0;
  return (
    <span className="company-reason company-deletion" role="status">
      {of.failedAt
        ? t.deletionFailed
        : of.began
          ? t.deletionShare({ share })
          : t.deletionOn({
              date: formatDate(new Date(of.dueAt), { dateStyle: 'medium' }),
              name: of.askedBy,
            })}
    </span>
  );
}

const CHANGES = [
  'TenantCreated',
  'TenantUpdated',
  'TenantApproved',
  'TenantSuspended',
  'TenantActivated',
  'TenantDeleted',
  'OrganizationUpdated',
] as const;

type Dialog = { what: CompanyAction; company: Company | null } | null;

function Row(props: { company: Company; own: boolean; onAction: (what: CompanyAction) => void }) {
  const t = systemTexts.company;
  const { company: c, own, onAction } = props;
  const actions = [
    { label: texts.nav.audit, run: () => navigate(`/audit?company=${c.code}`) },
    { label: t.limits, run: () => onAction('limits') },
    { label: t.export, run: () => onAction('export') },
    { label: systemTexts.organization.move, run: () => onAction('move') },
    { label: systemTexts.organization.rename, run: () => onAction('rename') },
    ...(c.state === 'active' && !own
      ? [{ label: t.suspend, danger: true, run: () => onAction('suspend') }]
      : []),
    ...(c.state === 'active' || c.deletion
      ? []
      : [{ label: t.activate, run: () => onAction('activate') }]),
    ...(c.deletion && !c.deletion.began ? [{ label: t.keep, run: () => onAction('keep') }] : []),
    ...(c.deletion || own
      ? []
      : [{ label: t.delete, danger: true, run: () => onAction('delete') }]),
  ];
  const counts = { n: c.people, invited: c.invited };
  return (
    <tr>
      <td>
        <span className="company-name">
          <strong>{c.name}</strong>
          <span className="soft number">{c.code}</span>
          {(c.organization.companies > 1 || c.organization.name !== c.name) && (
            <span className="soft">
              {systemTexts.organization.of({ name: c.organization.name })}
            </span>
          )}
          {c.stateReason && <span className="company-reason soft">{c.stateReason}</span>}
          {c.deletion && <Deletion of={c.deletion} />}
          <span className="company-more soft">
            {c.invited > 0 ? t.peopleOfInvited(counts) : t.peopleOf(counts)}
          </span>
          {LIMIT_KINDS.filter((kind) => c.limits[kind].most > 0).map((kind) => (
            <span key={kind} className="company-more">
              <LimitBar kind={kind} limit={c.limits[kind]} />
            </span>
          ))}
        </span>
      </td>
      <td>
        <StateChip label={t.states[c.state]} tone={TONES[c.state]} />
      </td>
      <td className="number company-wide">
        {c.limits.people.most > 0 ? (
          <LimitBar kind="people" limit={c.limits.people} />
        ) : c.invited > 0 ? (
          t.peopleInvited(counts)
        ) : (
          formatNumber(c.people)
        )}
      </td>
      <td className="company-wide">
        <LimitBar kind="storageMb" limit={c.limits.storageMb} />
      </td>
      <td className="company-wide">
        <LimitBar kind="plugins" limit={c.limits.plugins} />
      </td>
      <td className="number company-wide">{formatNumber(c.tickets)}</td>
      <td className="company-seen">
        {c.lastSignInAt ? <Time iso={c.lastSignInAt} /> : <span className="soft">{t.never}</span>}
      </td>
      <td className="company-wide">
        <Time iso={c.createdAt} />
      </td>
      <td className="company-actions">
        <ActionMenu label={texts.plugins.actionsOf({ name: c.name })} actions={actions} />
      </td>
    </tr>
  );
}

export function SystemCompanies() {
  const t = systemTexts.company;
  const me = useMe();
  const [search, setSearch] = useState('');
  const [state, setState] = useState<StateFilter>('');
  const [sorting, setSorting] = useState<Sorting<SortBy>>({ by: 'name', down: false });
  const [offset, setOffset] = useState(0);
  const [dialog, setDialog] = useState<Dialog>(null);
  const [announcing, setAnnouncing] = useState(false);
  const query = {
    ...(search.trim() && { search: search.trim() }),
    ...(state === 'near' ? { near: 'true' } : state && { state }),
    sort: `${sorting.down ? '-' : ''}${sorting.by}`,
    limit: PAGE,
    offset,
  };
  const { data, error, refresh } = useQuery<Items<Company> & { total: number }>(
    `companies/${JSON.stringify(query)}`,
    (signal) => api.get('/api/tenants', { query, signal }),
    { every: (found) => (found?.items.some((c) => c.deletion) ? 5000 : false) },
  );
  useEvents(CHANGES, () => invalidate('companies/'));
  const begin =
    <V,>(set: (value: V) => void) =>
    (value: V) => {
      set(value);
      setOffset(0);
    };
  const onSort = (by: SortBy) =>
    begin(setSorting)({ by, down: sorting.by === by ? !sorting.down : by !== 'name' });
  const head = { sorting, onSort };
  return (
    <Page
      title={t.title}
      note={data && <span className="number">{formatNumber(data.total)}</span>}
      actions={
        <Button
          variant="contained"
          startIcon={<Icon name="plus" size={14} />}
          onClick={() => setDialog({ what: 'add', company: null })}
        >
          {t.add}
        </Button>
      }
      tools={
        <>
          <SearchField
            label={t.search}
            value={search}
            maxLength={254}
            onChange={begin(setSearch)}
          />
          <span className="company-tools">
            <Choice
              label={systemTexts.state}
              value={state}
              active={state !== ''}
              options={STATES.map((value) => ({
                value,
                label: value === '' ? t.any : value === 'near' ? t.near : t.states[value],
              }))}
              onChange={begin(setState)}
            />
            <Button startIcon={<Icon name="bell" size={14} />} onClick={() => setAnnouncing(true)}>
              {systemTexts.announce.open}
            </Button>
          </span>
        </>
      }
    >
      <Registrations />
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={8} label={texts.loading} />
      ) : data.items.length === 0 ? (
        <Empty icon="search" title={t.none} text={t.noneText} />
      ) : (
        <>
          <SortBy
            className="companies-sort"
            options={[
              { value: 'name', label: t.name },
              { value: 'people', label: t.people },
              { value: 'created', label: systemTexts.added },
            ]}
            {...head}
          />
          <table className="table companies">
            <thead>
              <tr>
                <SortHead by="name" {...head}>
                  {t.name}
                </SortHead>
                <th scope="col">{systemTexts.state}</th>
                <SortHead by="people" className="company-wide" {...head}>
                  {t.people}
                </SortHead>
                <th scope="col" className="company-wide">
                  {t.storage}
                </th>
                <th scope="col" className="company-wide">
                  {t.plugins}
                </th>
                <th scope="col" className="company-wide">
                  {t.tickets}
                </th>
                <th scope="col" className="company-seen">
                  {t.lastSignIn}
                </th>
                <SortHead by="created" className="company-wide" {...head}>
                  {systemTexts.added}
                </SortHead>
                <th scope="col" className="company-actions">
                  <span className="visually-hidden">{accountTexts.list.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((c) => (
                <Row
                  key={c.code}
                  company={c}
                  own={c.code === me.tenant}
                  onAction={(what) => setDialog({ what, company: c })}
                />
              ))}
            </tbody>
          </table>
          <Pages
            label={t.pages}
            size={PAGE}
            offset={offset}
            total={data.total}
            onChange={setOffset}
          />
        </>
      )}
      {dialog && <CompanyDialog {...dialog} onClose={() => setDialog(null)} />}
      {announcing && <Announce onClose={() => setAnnouncing(false)} />}
    </Page>
  );
}
