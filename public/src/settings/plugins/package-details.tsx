/** Everything that is known of a package: for those who decide whether it comes in. */
import type { PluginPackage } from '../../api/types';
import { T } from '../../text';
import { Icon } from '../../ui/icons';
import { Permissions } from './dialogs';

const sizes = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${sizes.format(bytes / 1024)} kB`;
  return `${sizes.format(bytes / 1024 / 1024)} MB`;
}

const textOf = (pack: PluginPackage, name: string): string | null => {
  const value = pack.manifest[name];
  return typeof value === 'string' && value ? value : null;
};

function Facts({ pack }: { pack: PluginPackage }) {
  const facts: [string, string | null][] = [
    [T.plugins.author, textOf(pack, 'author')],
    [T.plugins.category, textOf(pack, 'category')],
    [T.plugins.license, textOf(pack, 'license')],
    [T.plugins.hostRange, textOf(pack, 'host')],
    [T.plugins.size, fileSize(pack.size)],
  ];
  return (
    <dl className="facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
      <div>
        <dt>SHA-256</dt>
        <dd>
          <code>{pack.sha256}</code>
        </dd>
      </div>
    </dl>
  );
}

export function PackageDetails({ pack }: { pack: PluginPackage }) {
  const long = textOf(pack, 'longDescription');
  return (
    <div className="package">
      {long && <p>{long}</p>}
      <h4>{T.plugins.permissions}</h4>
      <Permissions permissions={pack.permissions} />
      <h4>{T.plugins.about}</h4>
      <Facts pack={pack} />
      {pack.checks && pack.checks.length > 0 && (
        <>
          <h4>{T.plugins.checks}</h4>
          <ul className="checks">
            {pack.checks.map((c) => (
              <li key={c.name} data-ok={c.ok}>
                <Icon name={c.ok ? 'check' : 'warning'} size={14} />
                <span>
                  {c.name}
                  {c.detail && <span className="soft"> {c.detail}</span>}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {pack.files.length > 0 && (
        <details>
          <summary>{T.plugins.files(pack.files.length)}</summary>
          <table className="table files">
            <tbody>
              {pack.files.map((f) => (
                <tr key={f.path}>
                  <td>{f.path}</td>
                  <td className="number">{fileSize(f.size)}</td>
                  <td>
                    <code title={f.sha256}>{f.sha256.slice(0, 12)}…</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}
