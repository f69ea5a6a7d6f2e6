import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { ActiveUser, Items, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { Link } from '../router/router';
import { compareNames, formatNumber, T } from '../text';
import { Avatar } from '../ui/avatar';
import { roleNames } from '../ui/names';
import { Page } from '../ui/page';
import { SearchBox } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import './people.css';

function matches(user: User, q: string): boolean {
  const words = `${user.name} ${user.email} ${roleNames(user.roles)}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((w) => words.includes(w));
}

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
  const active = new Set(useActiveUsers().data?.users.map((u) => u.userId));
  const [q, setQ] = useState('');
  const people = (data?.items ?? [])
    .filter((u) => matches(u, q.trim()))
    .sort((a, b) => compareNames(a.name, b.name));
  return (
    <Page
      title={T.people.title}
      note={data && <span className="number">{formatNumber(people.length)}</span>}
      tools={<SearchBox label={T.people.search} value={q} onChange={setQ} />}
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={8} label={T.loading} />
      ) : people.length === 0 ? (
        <Empty icon="people" title={T.people.none} text={T.people.noneText} />
      ) : (
        <table className="table people">
          <thead>
            <tr>
              <th scope="col">{T.people.name}</th>
              <th scope="col" className="people-email">
                {T.people.email}
              </th>
              <th scope="col" className="people-role">
                {T.people.roles}
              </th>
              <th scope="col" className="people-tickets">
                {T.people.tickets}
              </th>
            </tr>
          </thead>
          <tbody>
            {people.map((u) => (
              <tr key={u.id} data-inactive={!u.active}>
                <td>
                  <span className="person">
                    <Avatar name={u.name} />
                    <span className="person-text">
                      <span className="person-name">
                        <strong>{u.name}</strong>
                        {active.has(u.id) && <span className="online">{T.people.online}</span>}
                        {!u.active && <span className="soft">{T.people.inactive}</span>}
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
                    aria-label={T.people.ticketsOf({ name: u.name })}
                  >
                    {T.people.open}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Page>
  );
}
