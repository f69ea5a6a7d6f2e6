/** What the plugin may do, and what people need to use it. */
import { useQuery } from '../api/query';
import { api } from '../api/client';
import type { Items } from '../api/types';
import { Link } from '../router/router';
import { P } from '../text/plugins';
import { M } from '../text/manage';
import { DefinedList, ImportList, PermissionList } from '../market/consent';
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
      if (p.granted) holders.set(p.name, [...(holders.get(p.name) ?? []), role.label ?? role.role]);
  return holders;
}

export function Permissions({ subject }: { subject: Subject }) {
  const { installation, pack, entry } = subject;
  const holders = useHolders();
  const asks = installation?.permissions ?? pack?.permissions ?? entry?.permissions ?? [];
  const defines = installation?.definesPermissions ?? pack?.definesPermissions ?? [];
  return (
    <>
      <section>
        <h2>{M.asks}</h2>
        {asks.length ? <PermissionList permissions={asks} /> : <p>{P.consent.nothing}</p>}
        <p className="soft">{M.sandbox}</p>
      </section>
      <section>
        <h2>{M.defines}</h2>
        {defines.length === 0 ? (
          <p className="soft">{M.definesNone}</p>
        ) : !installation ? (
          <DefinedList defines={defines} />
        ) : (
          <>
            <table className="table holders">
              <thead>
                <tr>
                  <th scope="col">{M.permission}</th>
                  <th scope="col">{M.has}</th>
                </tr>
              </thead>
              <tbody>
                {defines.map((d) => (
                  <tr key={d.name}>
                    <td>
                      <strong>{d.label}</strong> <code>{d.name}</code>
                      {d.description && <p className="soft">{d.description}</p>}
                    </td>
                    <td>{M.whoHas(holders.get(`${subject.key}:${d.name}`) ?? [])}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p>
              <Link to="/settings/roles">{M.toRoles}</Link>
            </p>
          </>
        )}
      </section>
      <ImportList imports={pack?.imports} />
    </>
  );
}
