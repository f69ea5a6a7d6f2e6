/** A CHANGELOG.md as keepachangelog.com has it, by versions: "## [1.2.0] - 2026-01-31". */
import { compareVersions } from './find';

export interface Release {
  version: string;
  /** The author's word for it: 2026-01-31. */
  day: string | null;
  text: string;
}

const HEAD =
  /^##[ \t]+\[?v?(\d+\.\d+\.\d+[^\]\s]*)\]?(?:\([^)]*\))?(?:[ \t]+.*?(\d{4}-\d{2}-\d{2}))?/;
const OTHER_HEAD = /^##?[ \t]/;
/** "[1.2.0]: https://..." at the end: what brackets in headings lead to. */
const LINK = /^\[[^\]]+\]:[ \t]/;

/** In the order of the text, which has the newest first; what isn't of a version, such as "Unreleased", isn't there. */
export function releasesOf(changelog: string): Release[] {
  const found: Release[] = [];
  let now: Release | null = null;
  for (const line of changelog.split(/\r?\n/)) {
    const head = HEAD.exec(line);
    if (head) found.push((now = { version: head[1]!, day: head[2] ?? null, text: '' }));
    else if (OTHER_HEAD.test(line)) now = null;
    else if (now && !LINK.test(line)) now.text += `${line}\n`;
  }
  return found.map((r) => ({ ...r, text: r.text.trim() }));
}

/** What came after one version, up to and with another; the newest first. */
export const releasesBetween = (
  releases: readonly Release[],
  after: string,
  upTo: string,
): Release[] =>
  releases
    .filter((r) => compareVersions(r.version, after) > 0 && compareVersions(r.version, upTo) <= 0)
    .sort((a, b) => compareVersions(b.version, a.version));
