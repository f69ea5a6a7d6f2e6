import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { Suspense, useEffect, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { ActiveUser, Items, Team, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { Link, navigate, usePlace } from '../router/router';
import { formatList, formatNumber, texts } from '../text';
import { accountTexts } from '../text/account';
import { useTeams } from '../tickets/data';
import { Avatar } from '../ui/avatar';
import { roleNames } from '../ui/names';
import { Page } from '../ui/page';
import { lazyThemed } from '../ui/lazy';
import { SearchBox } from '../ui/search';
import { SortBy, sorted, SortHead, useSorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
import { NewTeam, Teams } from './teams';
import './people.css';

const Invite = lazyThemed(() => import('./invite'));
const PersonMenu = lazyThemed(() => import('./person-menu'));
/** Where a role is deleted, its people get another. */
const CHANGES = [
  'UserCreated',
  'UserUpdated',
  'UserDeleted',
  'AccountSuspended',
  'AccountActivated',
  'RolesChanged',
] as const;

/** "North and West". */
const teamsOf = (user: User, teams: readonly Team[]): string =>
  formatList(
    teams.filter((team) => team.memberIds.includes(user.id)).map((team) => team.name),
    'conjunction',
  );

function matches(user: User, teams: readonly Team[], q: string): boolean {
  const words =
    `${user.name} ${user.email} ${roleNames(user.roles)} ${teamsOf(user, teams)} ${user.secondFactor ? accountTexts.list.factor : ''}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((w) => words.includes(w));
}

const COLUMNS = {
  name: (u: User) => u.name,
  email: (u: User) => u.email,
  roles: (u: User) => roleNames(u.roles),
} as const;

const LOOK_MS = 15_000;

/** Who has a page open just now; only those who may send notifications see it. */
export function useActiveUsers() {
  const me = useMe();
  const query = useQuery<{ users: ActiveUser[]; count: number }>(
    may(me, 'notifications:send') ? 'active-users' : null,
    (signal) => api.get('/api/notifications/active-users', { signal }),
  );
  const { refresh } = query;
  useEffect(() => {
    const timer = setInterval(refresh, LOOK_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return query;
}

function People({ q }: { q: string }) {
  const { data, error, refresh } = useQuery<Items<User>>('users', (signal) =>
    api.get('/api/users', { signal }),
  );
  const manages = may(useMe(), 'users:write');
  useEvents(CHANGES, () => invalidate('users'));
  useResync(() => invalidate('users'));
  const active = new Set(useActiveUsers().data?.users.map((u) => u.userId));
  const teams = useTeams();
  const { sorting, onSort } = useSorting<keyof typeof COLUMNS>('name');
  const found = (data?.items ?? []).filter((u) => matches(u, teams, q.trim()));
  const people = sorted(found, COLUMNS[sorting.by], sorting);
  return (
    <>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={8} label={texts.loading} />
      ) : people.length === 0 ? (
        <Empty icon="people" title={accountTexts.list.none} text={accountTexts.list.noneText} />
      ) : (
        <>
          <SortBy
            className="people-sort"
            options={(['name', 'email', 'roles'] as const).map((by) => ({
              value: by,
              label: accountTexts.list[by],
            }))}
            sorting={sorting}
            onSort={onSort}
          />
          <table className="table people">
            <thead>
              <tr>
                <SortHead by="name" sorting={sorting} onSort={onSort}>
                  {accountTexts.list.name}
                </SortHead>
                <SortHead by="email" sorting={sorting} onSort={onSort} className="people-email">
                  {accountTexts.list.email}
                </SortHead>
                <SortHead by="roles" sorting={sorting} onSort={onSort} className="people-role">
                  {accountTexts.list.roles}
                </SortHead>
                {teams.length > 0 && (
                  <th scope="col" className="people-role">
                    {accountTexts.teams.title}
                  </th>
                )}
                <th scope="col" className="people-tickets">
                  {accountTexts.list.tickets}
                </th>
                {manages && (
                  <th scope="col" className="people-actions">
                    <span className="visually-hidden">{accountTexts.list.actions}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {people.map((u) => (
                <tr key={u.id} data-inactive={!u.active}>
                  <td>
                    <span className="person">
                      <Avatar name={u.name} id={u.id} />
                      <span className="person-text">
                        <span className="person-name">
                          <strong>{u.name}</strong>
                          {active.has(u.id) && (
                            <span className="online">{accountTexts.list.online}</span>
                          )}
                          {!u.active && <span className="soft">{accountTexts.list.inactive}</span>}
                          {u.active && u.pending && (
                            <span className="soft">{accountTexts.list.pending}</span>
                          )}
                          {manages && u.secondFactor && (
                            <span className="soft">{accountTexts.list.factor}</span>
                          )}
                        </span>
                        <span className="person-more soft" title={u.email}>
                          {u.email}
                        </span>
                        <span className="person-more soft">
                          {[roleNames(u.roles), teamsOf(u, teams)].filter(Boolean).join(' · ')}
                        </span>
                      </span>
                    </span>
                  </td>
                  <td className="people-email soft">{u.email}</td>
                  <td className="people-role">{roleNames(u.roles)}</td>
                  {teams.length > 0 && <td className="people-role">{teamsOf(u, teams)}</td>}
                  <td>
                    <Link
                      to={`/tickets?assigneeId=${u.id}`}
                      aria-label={accountTexts.list.ticketsOf({ name: u.name })}
                    >
                      {accountTexts.list.open}
                    </Link>
                  </td>
                  {manages && (
                    <td className="people-actions">
                      <Suspense fallback={null}>
                        <PersonMenu user={u} />
                      </Suspense>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

const TABS = ['people', 'teams'] as const;

export default function PeoplePage() {
  const { query } = usePlace();
  const tab = TABS.find((x) => x === query.get('tab')) ?? 'people';
  const manages = may(useMe(), 'users:write');
  const { data: users } = useQuery<Items<User>>('users', (signal) =>
    api.get('/api/users', { signal }),
  );
  const [q, setQ] = useState('');
  const isTeams = tab === 'teams';
  const t = accountTexts;
  return (
    <Page
      title={t.list.title}
      note={users && <span className="number">{formatNumber(users.items.length)}</span>}
      actions={
        isTeams ? (
          <NewTeam />
        ) : (
          manages && (
            <Suspense fallback={null}>
              <Invite />
            </Suspense>
          )
        )
      }
      tools={
        <SearchBox label={isTeams ? t.teams.search : t.list.search} value={q} onChange={setQ} />
      }
    >
      <Tabs
        className="people-tabs"
        value={tab}
        aria-label={t.teams.tabs}
        onChange={(_, next: string) =>
          navigate(next === 'people' ? '/people' : `/people?tab=${next}`)
        }
      >
        {TABS.map((x) => (
          <Tab
            key={x}
            value={x}
            label={x === 'teams' ? t.teams.title : t.list.title}
            id={`tab-${x}`}
            aria-controls={tab === x ? 'panel-people' : undefined}
          />
        ))}
      </Tabs>
      <div role="tabpanel" id="panel-people" aria-labelledby={`tab-${tab}`}>
        {isTeams ? <Teams q={q} /> : <People q={q} />}
      </div>
    </Page>
  );
}
