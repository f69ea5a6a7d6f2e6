/** What the package's author wrote: for administrators, for developers, and what changed in each version. */
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { useDocument } from '../market/calls';
import { releasesOf, type Release } from '../market/changelog';
import { Releases } from '../market/releases';
import { Bars, Empty, ErrorState } from '../ui/states';
import { hasFile, useMarketDetails, type Subject } from './data';
import { Markdown } from '../ui/markdown';

/** Of the version that runs, or of the one that would be installed. */
function Document({ subject, name }: { subject: Subject; name: 'readme' | 'developers' }) {
  const { data, error, refresh } = useDocument(subject.key, subject.pack?.version ?? null, name);
  if (error && error.status !== 404) return <ErrorState error={error} onRetry={refresh} />;
  if (!subject.pack || error || data === '')
    return <Empty icon="info" title={manageTexts.noReadme} text={manageTexts.noReadmeText} />;
  if (data === undefined) return <Bars rows={8} label={texts.loading} />;
  return <Markdown text={data} />;
}

export const Readme = ({ subject }: { subject: Subject }) => (
  <Document subject={subject} name="readme" />
);
export const Developers = ({ subject }: { subject: Subject }) => (
  <Document subject={subject} name="developers" />
);

/** Of the newest package here, which knows what the others changed as well; else what the marketplace says. */
export function useChangelog(subject: Subject) {
  const newest = subject.versions.find((p) => hasFile(p, 'CHANGELOG.md'));
  const here = useDocument(subject.key, newest?.version ?? null, 'changelog');
  const there = useMarketDetails(subject);
  const query = newest ? here : there;
  const text = newest ? here.data : there.data?.changelog;
  const releases: Release[] = text ? releasesOf(text) : [];
  return { text, releases, loading: query.loading && !query.data, error: query.error, query };
}

export function Changelog({ subject }: { subject: Subject }) {
  const { text, releases, loading, error, query } = useChangelog(subject);
  if (loading) return <Bars rows={8} label={texts.loading} />;
  if (error && !text) return <ErrorState error={error} onRetry={query.refresh} />;
  if (releases.length > 0) return <Releases releases={releases} heading="h3" />;
  // An author's own form: as it is.
  return <Markdown text={text ?? ''} />;
}
