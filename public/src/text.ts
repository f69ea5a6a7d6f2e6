/**
 * Texts, numbers and dates in the person's language. `texts` has those of the first screen, as they are in that
 * language now: a part that later pages need calls addTexts() in a module of its own (text/). Read them while
 * rendering, never into a constant of a module: when the language changes, pages are rendered again (useLanguage()).
 */
import { plural, select } from '@messageformat/runtime';
import { useSyncExternalStore } from 'react';
import type { Texts } from './text/types/core';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_KEYS = Object.keys(LANGUAGES) as Language[];

/** A message of the server for translation: an ICU message and the values of its {0}, {1}. */
export interface Text {
  key: string;
  values: readonly (string | number | Text)[];
}

/** What a compiled catalogue is: scripts/texts.ts. */
type Catalogue = Promise<{ default: (calls: object) => unknown }>;
type Sources = Record<Language, () => Catalogue>;

interface Part {
  sources: Sources;
  put: (texts: never) => void;
}

let texts: Texts;
export { texts };
const parts: Part[] = [
  {
    sources: { en: () => import('texts:en/core'), de: () => import('texts:de/core') },
    put: (found: Texts) => {
      texts = found;
    },
  },
];

/** The server's own words are English; those of another language are fetched when it says something. */
type Sentences = Record<string, string | ((values: readonly unknown[]) => string)>;
const SERVER: Partial<Record<Language, () => Catalogue>> = {
  de: () => import('texts:de/server'),
};
const SENTENCES_MS = 3000;
let sentences: { of: Language; said: Sentences } = { of: 'en', said: {} };

let language: Language = 'en';
let wanted: Language = 'en';
let locale = 'en';
/** Until it is known whose: the browser's. */
let zone: string | undefined;
/** In which the company's days begin and end. */
let companyZone: string | undefined;
/** Whose way of writing dates and numbers: AT. Else the browser's. */
let region: string | undefined;
let changes = 0;
const listeners = new Set<() => void>();
const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.ListFormat>();

function format<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.ListFormat>(
  make: new (locale: string, options: never) => T,
  options: object,
): T {
  const key = make.name + JSON.stringify(options);
  const known = formats.get(key) ?? new make(locale, options as never);
  formats.set(key, known);
  return known as T;
}

export const formatNumber = (n: number, options: Intl.NumberFormatOptions = {}): string =>
  format(Intl.NumberFormat, options).format(n);

/** A moment, by the person's clock. */
export const formatDate = (at: Date, options: Intl.DateTimeFormatOptions): string =>
  format(Intl.DateTimeFormat, { timeZone: zone, ...options }).format(at);

/** A day, yyyy-mm-dd: the same one everywhere. */
export const formatDay = (day: string, options: Intl.DateTimeFormatOptions): string =>
  formatDate(new Date(day), { ...options, timeZone: 'UTC' });

const dayIn = (at: Date, timeZone: string | undefined): string =>
  new Intl.DateTimeFormat('sv', { timeZone }).format(at);

/** The person's day at a moment, yyyy-mm-dd. */
export const dayAt = (at: Date): string => dayIn(at, zone);

/** The company's, for what is counted by its days. */
export const companyDayAt = (at: Date): string => dayIn(at, companyZone);

export const formatList = (items: Iterable<string>, type: 'conjunction' | 'disjunction'): string =>
  format(Intl.ListFormat, { type }).format(items);

/** For sorting and searching by a person's alphabet. */
export const compareNames = (a: string, b: string): number => a.localeCompare(b, locale);

/** What compiled messages call. */
function calls(of: Language): object {
  const rules = new Intl.PluralRules(of);
  const cardinal = (n: number) => rules.select(n);
  const number = (_: string, n: number, offset = 0) => formatNumber(n - offset);
  return { plural, select, number, strictNumber: number, [of]: cardinal };
}

const read = async (source: () => Catalogue, of: Language) =>
  (await source()).default(calls(of)) as never;

/** Adds the texts of a part; `put` is called now, and again whenever the language changes. */
export async function addTexts<T>(sources: Sources, put: (texts: T) => void): Promise<void> {
  const part: Part = { sources, put };
  parts.push(part);
  for (let of: Language | null = null; of !== wanted;) {
    of = wanted;
    part.put(await read(sources[of], of));
  }
}

/** The locale of this language that is chosen, such as de-AT, else where the browser names one. */
const localeOf = (of: Language): string =>
  region
    ? `${of}-${region}`
    : ((typeof navigator === 'undefined' ? [] : navigator.languages).find(
        (l) => l.split('-')[0] === of,
      ) ?? of);

/** Shows this language once its texts are there; a later call wins. */
export async function setLanguage(next: Language): Promise<void> {
  wanted = next;
  try {
    const loaded = await Promise.all(parts.map((part) => read(part.sources[next], next)));
    if (wanted !== next) return;
    locale = localeOf(next);
    formats.clear();
    loaded.forEach((texts, i) => parts[i]!.put(texts));
  } catch (error) {
    if (wanted === next) wanted = language;
    throw error;
  }
  language = next;
  if (typeof document !== 'undefined') document.documentElement.lang = next;
  changed();
}

/** One that this browser doesn't know is none. */
function knownZone(name: string | undefined): string | undefined {
  try {
    return name && new Intl.DateTimeFormat('en', { timeZone: name }) && name;
  } catch {
    return undefined;
  }
}

/** What a person has chosen for times, dates and numbers; what they haven't is the company's. */
export interface Clock {
  timeZone: string;
  ownTimeZone?: string;
  locale?: string;
  tenantLocale?: string;
}

export function setClock(of: Clock): void {
  const company = knownZone(of.timeZone);
  const own = knownZone(of.ownTimeZone) ?? company;
  const country = (of.locale ?? of.tenantLocale)?.split('-')[1];
  if (own === zone && company === companyZone && country === region) return;
  [zone, companyZone, region] = [own ?? zone, company ?? companyZone, country];
  locale = localeOf(language);
  formats.clear();
  changed();
}

/** Does the person's clock differ from the one of this computer? */
export const isOtherZone = (): boolean =>
  zone !== undefined && zone !== Intl.DateTimeFormat().resolvedOptions().timeZone;

export const currentLanguage = (): Language => language;

function changed(): void {
  changes++;
  listeners.forEach((listener) => listener());
}

function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** For whatever renders a whole page: it is rendered again in a new language or time zone, and keeps its state. */
export function useLanguage(): Language {
  useSyncExternalStore(onLanguage, () => changes);
  return language;
}

/**
 * For pages that show what the server says outside of problems: why a package doesn't fit, how an operation goes.
 * Its translations are there before such a page is, and come with each new language.
 */
export const addServerTexts = (): Promise<void> =>
  addTexts<Sentences>(
    { en: () => Promise.resolve({ default: () => ({}) }), de: SERVER.de! },
    (said) => (sentences = { of: wanted, said }),
  );

/** To be awaited before translate(): where they can't be had, the server's words are shown as they are. */
export async function loadTranslations(): Promise<void> {
  const of = language;
  const source = SERVER[of];
  if (!source || sentences.of === of) return;
  const late = new Promise<null>((done) => setTimeout(done, SENTENCES_MS, null));
  const said: Sentences | null = await Promise.race([read(source, of).catch(() => null), late]);
  if (said) sentences = { of, said };
}

/** What the server says in the person's language, where the catalogue has it. */
export function translate(text: Text | null | undefined, otherwise: string): string {
  const { of, said } = sentences;
  if (!text || of !== language || !Object.hasOwn(said, text.key)) return otherwise;
  const found = said[text.key]!;
  if (typeof found === 'string') return found;
  return found(text.values.map((v) => (typeof v === 'object' ? translate(v, fill(v)) : v)));
}

/** A part that has no translation, in the server's words. */
const fill = ({ key, values }: Text): string =>
  key.replace(/\{(\d+)\}/g, (_, n: string) => {
    const value = values[Number(n)];
    return typeof value === 'object' ? translate(value, fill(value)) : String(value ?? '');
  });
