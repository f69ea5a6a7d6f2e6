/**
 * Settings -> Roles: what each role may, and who has it. Built-in roles keep the core's permissions; those that
 * plugins bring, and all of the company's own roles, are given and taken here. A switch moves at once and moves
 * back when the server says no.
 */
import Button from '@mui/material/Button';
import { useRef, useState } from 'react';
import { api, type ApiError } from '../api/client';
import { invalidate, setQueryData, useQuery } from '../api/query';
import { PERMISSION_CHANGES } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { texts } from '../text';
import { roleTexts } from '../text/roles';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { roleName } from '../ui/names';
import { Page } from '../ui/page';
import { SearchBox } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import {
  changeKey,
  groupsOf,
  KEY,
  namesFor,
  type Cell,
  type Pending,
  type Role,
  type Roles,
  type Row,
  type Scope,
} from './data';
import HoldersDialog from './holders-dialog';
import { Matrix } from './matrix';
import RoleDialog, { type RoleAction } from './role-dialogs';
import { RoleMenu } from './role-menu';
import './roles.css';

/** The answer of a change takes the role's place in the list. */
const withRole = (fresh: Role) => (old: Roles | undefined) => ({
  items: (old?.items ?? []).map((r) => (r.role === fresh.role ? fresh : r)),
});

function useChanges(roles: readonly Role[]) {
  const [pending, setPending] = useState<Pending>(new Map());
  const [said, setSaid] = useState('');
  const running = useRef(new Set<string>());

  const put = async (key: string, cell: Cell, row: Row, to: boolean | Scope) => {
    const taken = to === false || to === 'none';
    const permission =
      to === 'own' || to === 'all'
        ? roleTexts.scoped({ permission: row.label, scope: roleTexts.scope[to] })
        : row.label;
    try {
      const names = namesFor(
        roles.find((r) => r.role === cell.role),
        row.name,
        to,
      );
      const fresh = await api.put<Role>(`/api/roles/${cell.role}/permissions`, names);
      setQueryData(KEY, withRole(fresh));
      const say = taken ? roleTexts.revoked : roleTexts.granted;
      setSaid(say({ permission, role: roleName(cell.role) }));
    } catch (error) {
      const { message } = error as ApiError;
      toast({
        title: roleTexts.failed({ permission: row.label, role: roleName(cell.role) }),
        message,
        tone: 'error',
        tag: key,
      });
      invalidate(KEY);
    } finally {
      setPending((old) => {
        const next = new Map(old);
        next.delete(key);
        return next;
      });
    }
  };

  const change = (cell: Cell, row: Row, to: boolean | Scope = !cell.granted) => {
    const key = changeKey(cell.role, row.name);
    // Until the server has answered, a switch is not moved again.
    if (running.current.has(key)) return;
    running.current.add(key);
    setPending((old) => new Map(old).set(key, to));
    void put(key, cell, row, to).finally(() => running.current.delete(key));
  };
  return { pending, change, said };
}

export function RolesPage() {
  const { data, error, refresh } = useQuery<Roles>(KEY, (signal) =>
    api.get('/api/roles', { signal }),
  );
  const roles = data?.items ?? [];
  const { pending, change, said } = useChanges(roles);
  const [q, setQ] = useState('');
  const [action, setAction] = useState<RoleAction | null>(null);
  const [who, setWho] = useState<Row | null>(null);
  useEvents(PERMISSION_CHANGES, () => invalidate(KEY));
  useResync(() => invalidate(KEY));
  const groups = groupsOf(roles, pending, q.trim());
  const hasPlugins = roles.some((r) => r.permissions.some((p) => p.source !== 'core'));
  return (
    <Page
      title={roleTexts.title}
      actions={
        <Button
          variant="contained"
          startIcon={<Icon name="plus" />}
          onClick={() => setAction({ what: 'new' })}
        >
          {roleTexts.newRole}
        </Button>
      }
      tools={<SearchBox label={roleTexts.search} value={q} onChange={setQ} />}
    >
      <p className="visually-hidden" role="status">
        {said}
      </p>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={10} label={texts.loading} />
      ) : groups.length === 0 ? (
        <Empty icon="shield" title={roleTexts.noMatch} text={roleTexts.noMatchText} />
      ) : (
        <>
          <Matrix
            roles={roles}
            groups={groups}
            onChange={change}
            onWho={setWho}
            menuOf={(role) => <RoleMenu role={role} onAction={setAction} />}
          />
          {!hasPlugins && (
            <Empty icon="plugin" title={roleTexts.noPlugins} text={roleTexts.noPluginsText} />
          )}
        </>
      )}
      {action && <RoleDialog action={action} onClose={() => setAction(null)} />}
      {who && <HoldersDialog row={who} onClose={() => setWho(null)} />}
    </Page>
  );
}

export default RolesPage;
