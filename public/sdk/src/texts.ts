/** A plugin's own texts, in the person's language. */
import { useMemo } from 'react';
import { formatNumber, useLanguage } from './host';

/** What is said of one, of several: the names of Intl.PluralRules. `n` decides. */
export interface Forms {
  zero?: string;
  one?: string;
  two?: string;
  few?: string;
  many?: string;
  other: string;
}
export type Catalogue = Readonly<Record<string, string | Forms>>;
/** Says a text by its name; `{x}` in it is the value of that name, a number as the person writes numbers. */
export type Say<C extends Catalogue> = (
  name: keyof C & string,
  values?: Readonly<Record<string, string | number>>,
) => string;

function say(
  text: string | Forms | undefined,
  language: string,
  values: Readonly<Record<string, string | number>>,
): string | undefined {
  const form =
    typeof text === 'object'
      ? ((Number(values.n) === 0 ? text.zero : undefined) ??
        text[new Intl.PluralRules(language).select(Number(values.n))] ??
        text.other)
      : text;
  return form?.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return typeof value === 'number' ? formatNumber(value) : (value ?? whole);
  });
}

/**
 * Texts of a plugin's catalogues in the person's language; a component that calls it is drawn again in a new one.
 * English has all names, and what another language lacks is said in English.
 *
 * @example
 * const TEXTS = {
 *   en: { parts: { one: '{n} part', other: '{n} parts' }, of: 'Parts of {name}' },
 *   de: { parts: { one: '{n} Teil', other: '{n} Teile' }, of: 'Teile von {name}' },
 * };
 * const t = useTexts(TEXTS);
 * t('parts', { n: 3 });
 */
export function useTexts<C extends Catalogue>(catalogues: {
  en: C;
  de?: Readonly<Partial<Record<keyof C, string | Forms>>>;
}): Say<C> {
  const language = useLanguage();
  return useMemo(() => {
    const own = language === 'en' ? undefined : catalogues[language];
    return (name, values = {}) =>
      say(own?.[name], language, values) ?? say(catalogues.en[name], 'en', values) ?? name;
  }, [catalogues, language]);
}
