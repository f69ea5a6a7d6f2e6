/** What stands in the form: made from a configuration, turned into what a PUT sends, and checked on the
 * way as far as the browser can. The server has the last word. */
import type { Rule } from '../api/rules';
import { fieldTexts } from '../text/fields';
import { formTexts } from '../text/forms';
import { faultOf } from '../ui/rules';
import type { Configuration, SentValues, Setting } from './types';

export type SecretDraft = { mode: 'keep' } | { mode: 'set'; text: string } | { mode: 'remove' };
export type DraftValue = string | boolean | string[] | SecretDraft;
export type Draft = Record<string, DraftValue>;

const KEEP: SecretDraft = { mode: 'keep' };

export const isSecret = (s: Setting) => s.type === 'secret' || s.type === 'generated-secret';

export function isSet(config: Configuration, key: string): boolean {
  const value = config.values[key];
  return typeof value === 'object' && value !== null && 'set' in value && value.set;
}

function draftValue(s: Setting, value: unknown): DraftValue {
  if (isSecret(s)) return KEEP;
  if (s.type === 'boolean') return value === true;
  // In the order of the choices, whatever was stored.
  if (s.type === 'multi-select')
    return Array.isArray(value)
      ? (s.options ?? []).map((o) => o.value).filter((v) => value.includes(v))
      : [];
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
}

export const draftOf = (config: Configuration): Draft =>
  Object.fromEntries(config.schema.map((s) => [s.key, draftValue(s, config.values[s.key])]));

/** What the field shows as long as nobody has set anything. */
export const defaultDraft = (s: Setting): DraftValue => draftValue(s, s.default);

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

/** A setting of the manifest as a rule. Lengths are of what somebody writes, and values of numbers. */
function ruleOf({ type, required, min, max, pattern, patternHelp }: Setting): Rule {
  const bounded = type === 'text' || type === 'textarea' || type === 'secret' || type === 'number';
  return {
    type: type === 'number' ? 'decimal' : type === 'url' || type === 'email' ? type : 'text',
    ...(required !== undefined && { required }),
    ...(bounded && min !== undefined && { min }),
    ...(bounded && max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(patternHelp !== undefined && { patternHelp }),
  };
}

function faultOfSetting(config: Configuration, s: Setting, value: DraftValue | undefined) {
  const rule = ruleOf(s);
  if (typeof value === 'object' && 'mode' in value) {
    if (value.mode === 'set')
      return value.text === '' ? fieldTexts.needed : faultOf(rule, value.text);
    const there = value.mode === 'keep' && isSet(config, s.key);
    return there ? null : faultOf(rule, null);
  }
  if (isEmpty(value)) return faultOf(rule, null);
  if (typeof value !== 'string') return null;
  return faultOf(rule, s.type === 'number' ? (numberOf(value) ?? value) : value);
}

export function faultsOf(config: Configuration, draft: Draft): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const s of config.schema) {
    const fault = faultOfSetting(config, s, draft[s.key]);
    if (fault) faults[s.key] = fault;
  }
  return faults;
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
  if (typeof value === 'boolean') return value ? formTexts.yes : formTexts.no;
  if (Array.isArray(value)) return value.length ? value.map(label).join(', ') : null;
  return label(value);
}
