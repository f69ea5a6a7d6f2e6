import { T } from '../text';
import { M } from '../text/manage';
import { useReadme } from '../market/calls';
import { Bars, Empty, ErrorState } from '../ui/states';
import type { Subject } from './data';
import { Markdown } from './markdown';

/** The README.md of the version that runs, or of the one that would be installed. */
export function Readme({ subject }: { subject: Subject }) {
  const { data, error, refresh } = useReadme(subject.key, subject.pack?.version ?? null);
  if (error && error.status !== 404) return <ErrorState error={error} onRetry={refresh} />;
  if (!subject.pack || error || data === '')
    return <Empty icon="info" title={M.noReadme} text={M.noReadmeText} />;
  if (data === undefined) return <Bars rows={8} label={T.loading} />;
  return <Markdown text={data} />;
}
