import { Suspense, useEffect, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { ActiveUser, Items, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { Link } from '../router/router';
import { formatNumber, texts } from '../text';
import { accountTexts } from '../text/account';
import { Avatar } from '../ui/avatar';
import { roleNames } from '../ui/names';
import { Page } from '../ui/page';
import { lazyThemed } from '../ui/lazy';
import { SearchBox } from '../ui/search';
import { SortBy, sorted, SortHead, useSorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
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

function matches(user: User, q: string): boolean {
  const words =
    `${user.name} ${user.email} ${roleNames(user.roles)} ${user.secondFactor ? accountTexts.list.factor : ''}`.toLowerCase();
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

export default function PeoplePage() {
  const { data, error, refresh } = useQuery<Items<User>>('users', (signal) =>
    api.get('/api/users', { signal }),
  );
  const manages = may(useMe(), 'users:write');
  useEvents(CHANGES, () => invalidate('users'));
  useResync(() => invalidate('users'));
  const active = new Set(useActiveUsers().data?.users.map((u) => u.userId));
  const [q, setQ] = useState('');
  const { sorting, onSort } = useSorting<keyof typeof COLUMNS>('name');
  const found = (data?.items ?? []).filter((u) => matches(u, q.trim()));
  const people = sorted(found, COLUMNS[sorting.by], sorting);
  return (
    <Page
      title={accountTexts.list.title}
      note={data && <span className="number">{formatNumber(people.length)}</span>}
      actions={
        manages && (
          <Suspense fallback={null}>
            <Invite />
          </Suspense>
        )
      }
      tools={<SearchBox label={accountTexts.list.search} value={q} onChange={setQ} />}
    >
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
                        <span className="person-more soft">{roleNames(u.roles)}</span>
                      </span>
                    </span>
                  </td>
                  <td className="people-email soft">{u.email}</td>
                  <td className="people-role">{roleNames(u.roles)}</td>
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
    </Page>
  );
}
