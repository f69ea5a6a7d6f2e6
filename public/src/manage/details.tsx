/** What the plugin is: features, links, and the facts of the package that runs. */
import { Link, withParams } from '../router/router';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { fileSize } from '../ui/amounts';
import { manageTexts } from '../text/manage';
import { ImportList } from '../market/consent';
import { Day } from '../market/releases';
import { quarantineText, unfitText } from '../market/state';
import { TrustLine } from '../market/trust';
import { CheckList } from '../market/check-list';
import { Icon } from '../ui/icons';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { Markdown } from '../ui/markdown';
import { Time } from '../ui/time';
import type { PluginPackage } from '../api/types';
import { features, field, links, screenshots, useMarketDetails, type Subject } from './data';
import { useChangelog } from './documents';
import { Screenshots } from './screenshots';
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

function Facts({ subject, released }: { subject: Subject; released: string | null }) {
  const { pack, installation, entry } = subject;
  const size = pack?.size ?? entry?.size;
  const sha256 = pack?.sha256 ?? entry?.sha256;
  return (
    <dl className="facts">
      <Fact name={manageTexts.facts.version}>
        {installation?.version ?? pack?.version ?? entry?.version}
      </Fact>
      <Fact name={manageTexts.facts.released}>{released && <Day day={released} />}</Fact>
      <Fact name={manageTexts.facts.author}>{field(subject, 'author')}</Fact>
      <Fact name={manageTexts.facts.category}>{subject.category}</Fact>
      <Fact name={manageTexts.facts.license}>{field(subject, 'license')}</Fact>
      <Fact name={manageTexts.facts.host}>{field(subject, 'host')}</Fact>
      <Fact name={manageTexts.facts.size}>{size && fileSize(size)}</Fact>
      <Fact name={manageTexts.facts.source}>
        {pack?.source && manageTexts.sources[pack.source]}
      </Fact>
      <Fact name={manageTexts.facts.installed}>
        {installation && <Time iso={installation.installedAt} ago />}
      </Fact>
      <Fact name={manageTexts.facts.approved}>
        {pack?.approvedAt && <Time iso={pack.approvedAt} ago />}
      </Fact>
      <Fact name={manageTexts.facts.key}>
        {pack?.trust.keyId && <code>{pack.trust.keyId}</code>}
      </Fact>
      <Fact name={manageTexts.hash}>{sha256 && <code>{sha256}</code>}</Fact>
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
          {manageTexts.links[l.name]}
          <Icon name="external" size={12} />
        </a>
      ))}
    </p>
  );
}

function Files({ files }: { files: PluginPackage['files'] }) {
  const { sorting, onSort } = useSorting<'path' | 'size'>('path');
  return (
    <table className="table files">
      <thead>
        <tr>
          <SortHead by="path" sorting={sorting} onSort={onSort}>
            {manageTexts.file}
          </SortHead>
          <SortHead by="size" sorting={sorting} onSort={onSort}>
            {manageTexts.facts.size}
          </SortHead>
          <th scope="col">{manageTexts.hash}</th>
        </tr>
      </thead>
      <tbody>
        {sorted(files, (f) => f[sorting.by], sorting).map((f) => (
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
  );
}

export function Details({ subject }: { subject: Subject }) {
  const { pack, installation, entry } = subject;
  const long = field(subject, 'longDescription');
  const list = features(subject);
  const { data: there } = useMarketDetails(subject);
  const version = installation?.version ?? pack?.version ?? entry?.version;
  const release = useChangelog(subject).releases.find((r) => r.version === version);
  return (
    <>
      {installation?.quarantined && (
        <p className="note" data-tone="bad">
          <Icon name="warning" />
          <span>{quarantineText(installation)}</span>
        </p>
      )}
      {entry?.compatible?.ok === false && !installation && (
        <p className="note" data-tone="warn">
          <Icon name="warning" />
          <span>{unfitText(entry.compatible)}</span>
        </p>
      )}
      <p className="lead">{long ?? installation?.description ?? entry?.description}</p>
      <Links subject={subject} />
      <Screenshots list={pack ? screenshots(subject) : (there?.screenshots ?? [])} />
      {list.length > 0 && (
        <section>
          <h2>{manageTexts.features}</h2>
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
      {release?.text && (
        <section>
          <h2>{manageTexts.latestChanges({ v: release.version })}</h2>
          <Markdown text={release.text.replace(/^###(?=[ \t])/gm, '#')} />
          <p>
            <Link to={withParams({ tab: 'changelog' })}>{manageTexts.allChanges}</Link>
          </p>
        </section>
      )}
      <section>
        <h2>{texts.plugins.about}</h2>
        <Facts subject={subject} released={release?.day ?? null} />
      </section>
      {pack && (
        <section>
          <h2>{manageTexts.trust}</h2>
          <TrustLine trust={pack.trust} />
          <ImportList imports={pack.imports} />
          {pack.checks && pack.checks.length > 0 && <CheckList checks={pack.checks} />}
        </section>
      )}
      {pack && pack.files.length > 0 && (
        <details className="fold">
          <summary>{pluginTexts.files({ n: pack.files.length })}</summary>
          <Files files={pack.files} />
        </details>
      )}
      {!pack && (
        <section>
          <h2>{manageTexts.trust}</h2>
          <p>{manageTexts.notHere}</p>
          <ul className="features">
            {Object.entries(manageTexts.willCheck).map(([name, text]) => (
              <li key={name}>
                <Icon name="shield" size={14} />
                <span>{text}</span>
              </li>
            ))}
          </ul>
          <p className="soft">{manageTexts.thenYouDecide}</p>
        </section>
      )}
    </>
  );
}
