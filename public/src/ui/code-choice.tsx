/** Choosing one of many that have a code and a name, by typing a part of either: time zones, countries, currencies. */
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useMemo, type ReactNode, type Ref } from 'react';
import {
  useController,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import { compareNames, currentLanguage } from '../text';
import { fieldTexts } from '../text/fields';

interface CodeChoiceProps {
  label: string;
  codes: readonly string[];
  nameOf: (code: string) => string;
  /** What nothing means; without it something is always chosen. */
  nothing?: string;
  placeholder?: string;
  helperText?: ReactNode;
}

export function CodeChoice(
  props: CodeChoiceProps & {
    value: string;
    onChange: (code: string) => void;
    onBlur?: () => void;
    focus?: Ref<HTMLInputElement>;
    fault?: string | undefined;
    disabled?: boolean;
  },
) {
  const { codes, nameOf, nothing, value } = props;
  const language = currentLanguage();
  const sorted = useMemo(
    () => [...codes].sort((a, b) => compareNames(nameOf(a), nameOf(b))),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- names are those of the language
    [codes, language],
  );
  return (
    <Autocomplete<string, false, boolean>
      options={sorted}
      value={value || null}
      disableClearable={nothing === undefined}
      disabled={props.disabled ?? false}
      getOptionLabel={nameOf}
      onChange={(_, code) => props.onChange(code ?? '')}
      onBlur={props.onBlur}
      noOptionsText={fieldTexts.noOption}
      renderInput={(params) => (
        <TextField
          {...params}
          size="small"
          inputRef={props.focus}
          label={props.label}
          placeholder={value ? props.placeholder : (nothing ?? props.placeholder)}
          slotProps={{ inputLabel: { shrink: true } }}
          error={props.fault !== undefined}
          helperText={props.fault ?? props.helperText}
        />
      )}
    />
  );
}

export function CodeInput<V extends FieldValues>({
  of,
  name,
  ...rest
}: CodeChoiceProps & { of: { form: UseFormReturn<V> }; name: FieldPath<V> }) {
  const { field, fieldState } = useController({ name, control: of.form.control });
  return (
    <CodeChoice
      {...rest}
      value={field.value}
      onChange={field.onChange}
      onBlur={field.onBlur}
      focus={field.ref}
      fault={fieldState.invalid ? fieldState.error?.message : undefined}
    />
  );
}

/** Those that this browser knows, with UTC, which is none of a city, and what is chosen already. */
export const zones = (...chosen: (string | undefined)[]): string[] => [
  ...new Set([
    'UTC',
    ...chosen.filter((z) => z !== undefined),
    ...Intl.supportedValuesOf('timeZone'),
  ]),
];
export const zoneName = (zone: string): string => zone.replaceAll('_', ' ');

const nameBy =
  (type: 'language' | 'region' | 'currency') =>
  (code: string): string =>
    new Intl.DisplayNames(currentLanguage(), { type, languageDisplay: 'standard' }).of(code) ??
    code;
export const localeName = nameBy('language');
export const countryName = nameBy('region');
export const currencyName = (code: string): string => `${code} – ${nameBy('currency')(code)}`;
