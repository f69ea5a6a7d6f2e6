/** Who vouches for a package: a badge, and the sentence behind it. */
import type { Trust } from '../api/types';
import { P } from '../text/plugins';
import { Icon } from '../ui/icons';

const TONES: Record<string, string> = {
  core: 'good',
  signed: 'good',
  unsigned: 'quiet',
  modified: 'bad',
  invalid: 'bad',
};

const nameOf = (status: string) => P.trust.names[status] ?? status;

export function trustText(trust: Trust): string {
  if (trust.status === 'signed' && trust.keyName) return P.trust.by(trust.keyName);
  return P.trust.texts[trust.status] ?? trust.status;
}

export function TrustBadge({ trust }: { trust: Trust }) {
  const tone = TONES[trust.status] ?? 'quiet';
  return (
    <span className="badge" data-tone={tone} title={trustText(trust)}>
      <Icon name={tone === 'bad' ? 'warning' : 'shield'} size={12} />
      {nameOf(trust.status)}
    </span>
  );
}

export function OfficialBadge() {
  return (
    <span className="badge" data-tone="accent">
      {P.official}
    </span>
  );
}

/** A whole line for where somebody decides. */
export function TrustLine({ trust }: { trust: Trust }) {
  const bad = !trust.allowed || TONES[trust.status] === 'bad';
  return (
    <div className="trust-line" data-tone={bad ? 'bad' : TONES[trust.status]}>
      <Icon name={bad || trust.status === 'unsigned' ? 'warning' : 'shield'} />
      <p>
        <strong>{nameOf(trust.status)}.</strong> {trustText(trust)}
        {!trust.allowed && <> {P.trust.refused}</>}
      </p>
    </div>
  );
}
