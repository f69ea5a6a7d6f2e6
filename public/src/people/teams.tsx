/** The teams of the company: who leads them, who is in them. Those who manage teams make, change and delete them. */
import Button from '@mui/material/Button';
import { Suspense, useState } from 'react';
import type { Team, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { Link } from '../router/router';
import { compareNames, formatList, formatNumber, texts } from '../text';
import { accountTexts } from '../text/account';
import { useTeamList, useUsers } from '../tickets/data';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { Bars, Empty, ErrorState } from '../ui/states';

const TeamMenu = lazyThemed(() => import('./team-menu'));
const TeamDialog = lazyThemed(() => import('./team-dialogs'));
const NAMES_MAX = 4;

export function NewTeam() {
  const [open, setOpen] = useState(false);
  if (!may(useMe(), 'teams:manage')) return null;
  return (
    <>
      <Button
        variant="contained"
        startIcon={<Icon name="plus" />}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {accountTexts.teams.make}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <TeamDialog action="new" onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** "Ann, Bob and 3 more", by name. */
function members(team: Team, users: readonly User[]): string {
  const names = users
    .filter((u) => team.memberIds.includes(u.id))
    .map((u) => u.name)
    .sort(compareNames);
  const shown = names.slice(0, NAMES_MAX);
  const more = names.length - shown.length;
  return formatList(
    more > 0 ? [...shown, accountTexts.teams.more({ n: more })] : shown,
    'conjunction',
  );
}

export function Teams({ q }: { q: string }) {
  const t = accountTexts.teams;
  const { data, error, refresh } = useTeamList();
  const users = useUsers();
  const manages = may(useMe(), 'teams:manage');
  const words = q.trim().toLowerCase();
  const teams = (data?.items ?? [])
    .filter((team) =>
      `${team.name} ${team.description ?? ''} ${members(team, users)}`
        .toLowerCase()
        .includes(words),
    )
    .sort((a, b) => compareNames(a.name, b.name));
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={texts.loading} />;
  if (data.items.length === 0)
    return <Empty icon="people" title={t.none} text={manages ? t.noneText : t.noneTextOthers} />;
  if (teams.length === 0) return <Empty icon="people" title={t.noMatch} text={t.noMatchText} />;
  return (
    <table className="table people teams">
      <thead>
        <tr>
          <th scope="col">{t.name}</th>
          <th scope="col" className="people-email">
            {t.lead}
          </th>
          <th scope="col" className="people-role">
            {t.members}
          </th>
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
        {teams.map((team) => (
          <tr key={team.id}>
            <td>
              <span className="person-text">
                <span className="person-name">
                  <strong>{team.name}</strong>
                  {team.description && <span className="soft">{team.description}</span>}
                </span>
                {team.leadName && (
                  <span className="person-more soft">{t.leadIs({ name: team.leadName })}</span>
                )}
                <span className="person-more soft">{members(team, users) || t.nobody}</span>
              </span>
            </td>
            <td className="people-email">{team.leadName ?? '–'}</td>
            <td className="people-role">
              <span className="number">{formatNumber(team.memberIds.length)}</span>{' '}
              <span className="soft">{members(team, users)}</span>
            </td>
            <td>
              <Link
                to={`/tickets?assigneeId=team:${team.id}`}
                aria-label={accountTexts.list.ticketsOf({ name: team.name })}
              >
                {accountTexts.list.open}
              </Link>
            </td>
            {manages && (
              <td className="people-actions">
                <Suspense fallback={null}>
                  <TeamMenu team={team} />
                </Suspense>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
