/** Entries of a changelog, one below the other. */
import { formatDate } from '../text';
import { Markdown } from '../ui/markdown';
import type { Release } from './changelog';

export function Day({ day }: { day: string }) {
  const at = new Date(`${day}T00:00`);
  if (Number.isNaN(at.getTime())) return null;
  return (
    <time dateTime={day} className="soft number">
      {formatDate(at, { dateStyle: 'medium' })}
    </time>
  );
}

/** "### Added" of the text comes right below the version. */
const nested = (text: string, heading: 'h3' | 'h4') =>
  heading === 'h3' ? text.replace(/^###(?=[ \t])/gm, '##') : text;

export function Releases(props: { releases: readonly Release[]; heading: 'h3' | 'h4' }) {
  const Heading = props.heading;
  return props.releases.map((r) => (
    <section key={r.version} className="release">
      <Heading className="release-head">
        <span className="number">{r.version}</span> {r.day && <Day day={r.day} />}
      </Heading>
      <Markdown text={nested(r.text, props.heading)} />
    </section>
  ));
}
