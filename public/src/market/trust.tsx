/** Who vouches for a package: a badge, and the sentence behind it. */
import type { Trust } from '../api/types';
import { translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';

const TONES: Record<string, string> = {
  core: 'good',
  signed: 'good',
  unsigned: 'quiet',
  modified: 'bad',
  invalid: 'bad',
};

const nameOf = (status: string) => nameIn(pluginTexts.trust.names, status);

export function trustText(trust: Trust): string {
  const { by, texts, why } = pluginTexts.trust;
  if (trust.status === 'signed' && trust.keyName) return by({ key: trust.keyName });
  const text = nameIn(texts, trust.status);
  if (!trust.reason || TONES[trust.status] !== 'bad') return text;
  return why({ text, why: translate(trust.reasonText, trust.reason) });
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

/** Who vouches for it, once its package is here; until then what the marketplace says of it. */
export function TrustBadges(props: { official?: boolean | undefined; trust?: Trust | undefined }) {
  if (props.trust) return <TrustBadge trust={props.trust} />;
  return (
    <span
      className="badge"
      data-tone={props.official ? 'accent' : 'quiet'}
      title={pluginTexts.trust.later}
    >
      {props.official ? pluginTexts.official : pluginTexts.trust.unchecked}
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
        {!trust.allowed && <> {pluginTexts.trust.refused}</>}
      </p>
    </div>
  );
}
