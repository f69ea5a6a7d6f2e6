/** What the plugin is: features, links, and the facts of the package that runs. */
import { Link } from '../router/router';
import { T } from '../text';
import { P, fileSize } from '../text/plugins';
import { M } from '../text/manage';
import { ImportList } from '../market/consent';
import { TrustLine } from '../market/trust';
import { CheckList } from '../market/check-list';
import { Icon } from '../ui/icons';
import { Time } from '../ui/time';
import { features, field, links, type Subject } from './data';
import type { ReactNode } from 'react';

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ subject }: { subject: Subject }) {
  const { pack, installation } = subject;
  return (
    <dl className="facts">
      <Fact name={M.facts.version}>{installation?.version ?? pack?.version}</Fact>
      <Fact name={M.facts.author}>{field(subject, 'author')}</Fact>
      <Fact name={M.facts.category}>{subject.category}</Fact>
      <Fact name={M.facts.license}>{field(subject, 'license')}</Fact>
      <Fact name={M.facts.host}>{field(subject, 'host')}</Fact>
      <Fact name={M.facts.size}>{pack && fileSize(pack.size)}</Fact>
      <Fact name={M.facts.source}>{pack?.source && M.sources[pack.source]}</Fact>
      <Fact name={M.facts.installed}>
        {installation && <Time iso={installation.installedAt} ago />}
      </Fact>
      <Fact name={M.facts.approved}>{pack?.approvedAt && <Time iso={pack.approvedAt} ago />}</Fact>
      <Fact name={M.facts.key}>{pack?.trust.keyId && <code>{pack.trust.keyId}</code>}</Fact>
      <Fact name="SHA-256">{pack && <code>{pack.sha256}</code>}</Fact>
    </dl>
  );
}

function Links({ subject }: { subject: Subject }) {
  const found = links(subject);
  if (found.length === 0) return null;
  return (
    <p className="link-line">
      {found.map((l) => (
        <a key={l.name} href={l.href} target="_blank" rel="noopener noreferrer">
          {M.links[l.name] ?? l.name}
          <Icon name="external" size={12} />
        </a>
      ))}
    </p>
  );
}

export function Details({ subject }: { subject: Subject }) {
  const { pack, installation, entry } = subject;
  const long = field(subject, 'longDescription');
  const list = features(subject);
  return (
    <>
      {installation?.quarantined && (
        <p className="note" data-tone="bad">
          <Icon name="warning" />
          <span>{P.quarantineReason(installation.quarantineReason ?? '')}</span>
        </p>
      )}
      {entry?.compatible?.ok === false && !installation && (
        <p className="note" data-tone="warn">
          <Icon name="warning" />
          <span>
            {P.incompatible}
            {entry.compatible.reason && `: ${entry.compatible.reason}`}
          </span>
        </p>
      )}
      <p className="lead">{long ?? installation?.description ?? entry?.description}</p>
      <Links subject={subject} />
      {list.length > 0 && (
        <section>
          <h2>{M.features}</h2>
          <ul className="features">
            {list.map((f) => (
              <li key={f.name}>
                <Icon name="check" size={14} />
                <span>
                  <strong>{f.name}</strong>
                  {f.description && <span className="soft"> {f.description}</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{T.plugins.about}</h2>
        <Facts subject={subject} />
      </section>
      {pack && (
        <section>
          <h2>{M.trust}</h2>
          <TrustLine trust={pack.trust} />
          <ImportList imports={pack.imports} />
          {pack.checks && pack.checks.length > 0 && <CheckList checks={pack.checks} />}
        </section>
      )}
      {pack && pack.files.length > 0 && (
        <details className="fold">
          <summary>{P.files(pack.files.length)}</summary>
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
      {!pack && (
        <p className="soft">
          {M.notHere} <Link to="/plugins">{P.tabs.market}</Link>
        </p>
      )}
    </>
  );
}
