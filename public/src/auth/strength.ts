/** How hard a password is to guess, for the bar below its field. What may be chosen is the server's to say. */
export type Strength = 'none' | 'short' | 'easy' | 'fair' | 'good';

const TRIED =
  /password|passwort|kennwort|letmein|welcome|willkommen|mortise|admin|geheim|secret|qwert[yz]|asdf|zxcv|yxcv|summer|winter|spring|sommer|herbst/g;

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `known`: what others know of the person: name, address, company. */
export function strengthOf(password: string, least: number, known: readonly string[]): Strength {
  const chars = [...password.toLowerCase()];
  if (chars.length === 0) return 'none';
  if (chars.length < least) return 'short';
  let text = chars.join('');
  for (const word of known
    .join(' ')
    .toLowerCase()
    .match(/[\p{L}\p{N}]{3,}/gu) ?? [])
    text = text.replace(new RegExp(escaped(word), 'gu'), ' ');
  text = text.replace(TRIED, ' ');
  const left = [...text].filter((c, i, all) => {
    const step = c.codePointAt(0)! - (all[i - 1]?.codePointAt(0) ?? 0);
    return c !== ' ' && (i === 0 || Math.abs(step) > 1);
  });
  if (left.length < 8 || new Set(left).size < 5) return 'easy';
  return left.length < 14 ? 'fair' : 'good';
}
