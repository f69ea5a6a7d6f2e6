/** What the plugin may do, and what people need to use it. */
import { useQuery } from '../api/query';
import { api } from '../api/client';
import type { Items } from '../api/types';
import { Link } from '../router/router';
import { pluginTexts } from '../text/plugins';
import { manageTexts } from '../text/manage';
import { DefinedList, ImportList, PermissionList } from '../market/consent';
import { roleNames } from '../ui/names';
import { sorted, SortHead, useSorting } from '../ui/sort';
import type { Subject } from './data';

interface RoleRow {
  role: string;
  label?: string;
  permissions: { name: string; granted: boolean }[];
}

/** Roles by the full name of a permission. */
function useHolders(): Map<string, string[]> {
  const { data } = useQuery<Items<RoleRow>>('plugins/roles', (signal) =>
    api.get('/api/roles', { signal }),
  );
  const holders = new Map<string, string[]>();
  for (const role of data?.items ?? [])
    for (const p of role.permissions)
      if (p.granted) holders.set(p.name, [...(holders.get(p.name) ?? []), role.role]);
  return holders;
}

type Defined = NonNullable<Subject['installation']>['definesPermissions'];

/** Which roles have the permissions that the plugin brings. */
function Holders(props: { pluginKey: string; defines: NonNullable<Defined> }) {
  const holders = useHolders();
  const has = (name: string) => roleNames(holders.get(`${props.pluginKey}:${name}`) ?? []);
  const { sorting, onSort } = useSorting<'permission' | 'has'>('permission');
  const rows = sorted(
    props.defines,
    (d) => (sorting.by === 'permission' ? d.label : has(d.name) || null),
    sorting,
  );
  return (
    <table className="table holders">
      <thead>
        <tr>
          <SortHead by="permission" sorting={sorting} onSort={onSort}>
            {manageTexts.permission}
          </SortHead>
          <SortHead by="has" sorting={sorting} onSort={onSort}>
            {manageTexts.has}
          </SortHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((d) => (
          <tr key={d.name}>
            <td>
              <strong>{d.label}</strong> <code>{d.name}</code>
              {d.description && <p className="soft">{d.description}</p>}
            </td>
            <td>{has(d.name) || manageTexts.nobodyHas}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Permissions({ subject }: { subject: Subject }) {
  const { installation, pack, entry } = subject;
  const asks = installation?.permissions ?? pack?.permissions ?? entry?.permissions ?? [];
  const defines = installation?.definesPermissions ?? pack?.definesPermissions ?? [];
  return (
    <>
      <section>
        <h2>{manageTexts.asks}</h2>
        {asks.length ? <PermissionList permissions={asks} /> : <p>{pluginTexts.consent.nothing}</p>}
        <p className="soft">{manageTexts.sandbox}</p>
      </section>
      <section>
        <h2>{manageTexts.defines}</h2>
        {defines.length === 0 ? (
          <p className="soft">{manageTexts.definesNone}</p>
        ) : !installation ? (
          <DefinedList defines={defines} />
        ) : (
          <>
            <Holders pluginKey={subject.key} defines={defines} />
            <p>
              <Link to="/settings/roles">{manageTexts.toRoles}</Link>
            </p>
          </>
        )}
      </section>
      <ImportList imports={pack?.imports} />
    </>
  );
}
