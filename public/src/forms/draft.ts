/** What stands in the form: made from a configuration, turned into what a PUT sends, and checked on the
 * way as far as the browser can. The server has the last word. */
import type { ApiError } from '../api/client';
import { F } from '../text/forms';
import type { Configuration, SentValues, Setting } from './types';

export type SecretDraft = { mode: 'keep' } | { mode: 'set'; text: string } | { mode: 'remove' };
export type DraftValue = string | boolean | string[] | SecretDraft;
export type Draft = Readonly<Record<string, DraftValue>>;
export type Faults = Readonly<Record<string, string>>;

const KEEP: SecretDraft = { mode: 'keep' };

export const isSecret = (s: Setting) => s.type === 'secret' || s.type === 'generated-secret';

export function isSet(config: Configuration, key: string): boolean {
  const value = config.values[key];
  return typeof value === 'object' && value !== null && 'set' in value && value.set;
}

function draftValue(s: Setting, value: unknown): DraftValue {
  if (isSecret(s)) return KEEP;
  if (s.type === 'boolean') return value === true;
  if (s.type === 'multi-select') return Array.isArray(value) ? value : [];
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
}

export const draftOf = (config: Configuration): Draft =>
  Object.fromEntries(config.schema.map((s) => [s.key, draftValue(s, config.values[s.key])]));

/** What the field shows as long as nobody has set anything. */
export const defaultDraft = (s: Setting): DraftValue => draftValue(s, s.default);

function same(a: DraftValue | undefined, b: DraftValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((v) => b.includes(v));
  if (typeof a === 'object' && typeof b === 'object' && 'mode' in a && 'mode' in b)
    return a.mode === b.mode && (a.mode !== 'set' || (b.mode === 'set' && a.text === b.text));
  return a === b;
}

/** Keys of what differs from what is stored. */
export function changedKeys(config: Configuration, draft: Draft): string[] {
  const stored = draftOf(config);
  return config.schema.map((s) => s.key).filter((key) => !same(stored[key], draft[key]));
}

/** The draft over a newer configuration: what was changed here stays, the rest is what is there now. */
export function rebase(old: Configuration, next: Configuration, draft: Draft): Draft {
  const mine = new Set(changedKeys(old, draft));
  const rebased: Record<string, DraftValue> = { ...draftOf(next) };
  for (const s of next.schema) {
    const value = draft[s.key];
    if (mine.has(s.key) && value !== undefined) rebased[s.key] = value;
  }
  return rebased;
}

/** "1,5" as people of half the world write it, and "1.5"; null when it is no number. */
export function numberOf(text: string): number | null {
  const plain = text.trim().replace(/^([-+]?\d+),(\d+)$/, '$1.$2');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return null;
  const n = Number(plain);
  return Number.isFinite(n) ? n : null;
}

function sentValue(s: Setting, value: DraftValue): SentValues[string] | undefined {
  if (typeof value === 'object' && 'mode' in value) {
    if (value.mode === 'keep') return undefined;
    return value.mode === 'remove' ? null : value.text;
  }
  if (typeof value !== 'string') return value;
  if (s.type === 'number') return value.trim() === '' ? null : (numberOf(value) ?? value);
  // An empty text may be a choice, where the default is another one.
  if (s.type === 'text' || s.type === 'textarea') return value;
  return value.trim() || null;
}

export function sentOf(schema: readonly Setting[], draft: Draft): SentValues {
  const sent: SentValues = {};
  for (const s of schema) {
    const value = draft[s.key];
    const one = value === undefined ? undefined : sentValue(s, value);
    if (one !== undefined) sent[s.key] = one;
  }
  return sent;
}

const isEmpty = (value: DraftValue | undefined) =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** The pattern describes the whole text. One that this browser can't read is the server's to judge. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return true;
  }
}

function textFault(s: Setting, text: string): string | null {
  const length = [...text].length;
  const own = s.type === 'text' || s.type === 'textarea' || s.type === 'secret';
  if (own && s.min !== undefined && length < s.min) return F.lengthLeast(s.min);
  if (own && s.max !== undefined && length > s.max) return F.lengthMost(s.max);
  if (s.type === 'url' && !/^https?:\/\/[^\s/?#:@"<>\\][^\s"<>\\]*$/.test(text)) return F.notUrl;
  if (
    s.type === 'email' &&
    !/^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\".][^\s@,;:<>()[\]\\"]*$/.test(text)
  )
    return F.notEmail;
  if (s.pattern && !matches(s.pattern, text)) return s.patternHelp ?? F.noMatch;
  return null;
}

function numberFault(s: Setting, text: string): string | null {
  const n = numberOf(text);
  if (n === null) return F.notNumber;
  if (s.min !== undefined && n < s.min) return F.atLeast(s.min);
  if (s.max !== undefined && n > s.max) return F.atMost(s.max);
  return null;
}

function faultOf(config: Configuration, s: Setting, value: DraftValue | undefined): string | null {
  if (typeof value === 'object' && 'mode' in value) {
    if (value.mode === 'set') return value.text === '' ? F.needed : textFault(s, value.text);
    const there = value.mode === 'keep' && isSet(config, s.key);
    return s.required && !there ? F.needed : null;
  }
  if (isEmpty(value)) return s.required ? F.needed : null;
  if (typeof value !== 'string') return null;
  return s.type === 'number' ? numberFault(s, value) : textFault(s, value);
}

export function faultsOf(config: Configuration, draft: Draft): Faults {
  const faults: Record<string, string> = {};
  for (const s of config.schema) {
    const fault = faultOf(config, s, draft[s.key]);
    if (fault) faults[s.key] = fault;
  }
  return faults;
}

const unescape = (name: string) => name.replace(/~1/g, '/').replace(/~0/g, '~');

/** The server's faults by setting; `rest` is what belongs to no field of this form. */
export function faultsFrom(
  error: ApiError,
  schema: readonly Setting[],
): { faults: Faults; rest: string[] } {
  const faults: Record<string, string> = {};
  const rest: string[] = [];
  for (const { pointer, detail } of error.problem.errors ?? []) {
    const key = pointer?.startsWith('/values/') ? unescape(pointer.slice('/values/'.length)) : null;
    if (key !== null && schema.some((s) => s.key === key)) faults[key] ??= detail;
    else rest.push(detail);
  }
  return { faults, rest };
}

/** A draft that may be kept while the form is away: without what was typed as a secret. */
export function withoutSecrets(schema: readonly Setting[], draft: Draft): Draft {
  const kept: Record<string, DraftValue> = { ...draft };
  for (const s of schema) if (isSecret(s)) kept[s.key] = KEEP;
  return kept;
}

/** A default as people read it. */
export function shownDefault(s: Setting): string | null {
  const value = s.default;
  const label = (v: unknown) => s.options?.find((o) => o.value === v)?.label ?? String(v);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'boolean') return value ? F.yes : F.no;
  if (Array.isArray(value)) return value.length ? value.map(label).join(', ') : null;
  return label(value);
}
