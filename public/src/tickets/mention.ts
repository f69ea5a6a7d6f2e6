/**
 * Mentions. A stored text names a person as "[@Ann Ruiz](mention:<id>)"; who writes sees "@Ann Ruiz" and chooses
 * people by typing "@".
 */
import type { User } from '../api/types';
import { compareNames } from '../text';

/** Names that were chosen, and whose they are. */
export type Picks = ReadonlyMap<string, string>;

const STORED = /\[@((?:[^\]\\]|\\.)+)\]\(mention:([0-9a-f-]{36})\)/gi;
const SHOWN_MAX = 8;

const escaped = (name: string) => name.replace(/[[\]\\]/g, '\\$&');
const unescaped = (name: string) => name.replace(/\\(.)/g, '$1');

/** A stored text as it is written. */
export function toWritten(stored: string): { text: string; picks: Picks } {
  const picks = new Map<string, string>();
  const text = stored.replace(STORED, (_, name: string, id: string) => {
    picks.set(unescaped(name), id);
    return `@${unescaped(name)}`;
  });
  return { text, picks };
}

/** What was written as it is stored. A longer name goes before one that it begins with. */
export function toStored(text: string, picks: Picks): string {
  const names = [...picks.keys()].sort((a, b) => b.length - a.length);
  const at = (from: number) => names.find((n) => text.startsWith(`@${n}`, from));
  let stored = '';
  for (let i = 0; i < text.length;) {
    const name = text[i] === '@' ? at(i) : undefined;
    stored += name === undefined ? text[i] : `[@${escaped(name)}](mention:${picks.get(name)})`;
    i += name === undefined ? 1 : name.length + 1;
  }
  return stored;
}

/** What is being typed before the caret after an "@" that begins a word; null = no mention. */
export function typedMention(text: string, caret: number): { from: number; query: string } | null {
  const found = /(?:^|[\s(])@([^\s@]{0,40}(?: [^\s@]{0,40})?)$/.exec(text.slice(0, caret));
  return found ? { from: caret - found[1]!.length - 1, query: found[1]! } : null;
}

/** Those whom the query may mean: names that begin with it, or one of whose words does. */
export function peopleFor(users: readonly User[], query: string, meId: string): User[] {
  const words = query.toLowerCase();
  const begins = (u: User) =>
    u.name.toLowerCase().startsWith(words) ||
    u.name
      .toLowerCase()
      .split(/[\s-]+/)
      .some((w) => w.startsWith(words));
  return users
    .filter((u) => u.active && u.id !== meId && begins(u))
    .sort((a, b) => compareNames(a.name, b.name))
    .slice(0, SHOWN_MAX);
}
