/**
 * Settings -> Roles: what each role may. The core's permissions are the same everywhere; those that
 * plugins bring an administrator gives and takes here. A switch moves at once and moves back when the
 * server says no.
 */
import { useRef, useState } from 'react';
import { api, type ApiError } from '../api/client';
import { invalidate, setQueryData, useQuery } from '../api/query';
import { PERMISSION_CHANGES } from '../auth/session';
import { useEvents, useResync } from '../events/live';
import { T } from '../text';
import { toast } from '../toasts/store';
import { Page } from '../ui/page';
import { SearchBox } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import {
  changeKey,
  groupsOf,
  type Cell,
  type Pending,
  type Role,
  type Roles,
  type Row,
} from './data';
import { Matrix } from './matrix';
import './roles.css';

const KEY = 'roles';

/** The answer of a change takes the role's place in the list. */
const withRole = (fresh: Role) => (old: Roles | undefined) => ({
  items: (old?.items ?? []).map((r) => (r.role === fresh.role ? fresh : r)),
});

function useChanges() {
  const [pending, setPending] = useState<Pending>(new Map());
  const [said, setSaid] = useState('');
  const running = useRef(new Set<string>());

  const put = async (key: string, cell: Cell, row: Row) => {
    const names = cell.granted ? { revoke: [row.name] } : { grant: [row.name] };
    try {
      const fresh = await api.put<Role>(`/api/roles/${cell.role}/permissions`, names);
      setQueryData(KEY, withRole(fresh));
      const say = cell.granted ? T.roles.revoked : T.roles.granted;
      setSaid(say({ permission: row.label, role: cell.roleLabel }));
    } catch (error) {
      const { message } = error as ApiError;
      toast({
        title: T.roles.failed({ permission: row.label, role: cell.roleLabel }),
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

  const change = (cell: Cell, row: Row) => {
    const key = changeKey(cell.role, row.name);
    // Until the server has answered, a switch is not moved again.
    if (running.current.has(key)) return;
    running.current.add(key);
    setPending((old) => new Map(old).set(key, !cell.granted));
    void put(key, cell, row).finally(() => running.current.delete(key));
  };
  return { pending, change, said };
}

export function RolesPage() {
  const { data, error, refresh } = useQuery<Roles>(KEY, (signal) =>
    api.get('/api/roles', { signal }),
  );
  const { pending, change, said } = useChanges();
  const [q, setQ] = useState('');
  useEvents(PERMISSION_CHANGES, () => invalidate(KEY));
  useResync(() => invalidate(KEY));
  const roles = data?.items ?? [];
  const groups = groupsOf(roles, pending, q.trim());
  const hasPlugins = roles.some((r) => r.permissions.some((p) => p.source !== 'core'));
  return (
    <Page
      title={T.roles.title}
      still={roles.every((r) => r.permissions.every((p) => p.fixed))}
      tools={<SearchBox label={T.roles.search} value={q} onChange={setQ} />}
    >
      <p className="visually-hidden" role="status">
        {said}
      </p>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={10} label={T.loading} />
      ) : groups.length === 0 ? (
        <Empty icon="shield" title={T.roles.noMatch} text={T.roles.noMatchText} />
      ) : (
        <>
          <Matrix roles={roles} groups={groups} onChange={change} />
          {!hasPlugins && (
            <Empty icon="plugin" title={T.roles.noPlugins} text={T.roles.noPluginsText} />
          )}
        </>
      )}
    </Page>
  );
}

export default RolesPage;
