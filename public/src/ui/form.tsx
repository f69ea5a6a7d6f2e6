/**
 * A form and its route: fields are checked by the rules that the server has for them, what the server finds wrong
 * stands at its field, and the first field that is wrong gets the focus. For lazily loaded modules alone, as
 * react-hook-form and MUI's fields come with it.
 */
import TextField, { type TextFieldProps } from '@mui/material/TextField';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import {
  useController,
  useForm,
  type DefaultValues,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import { ApiError, type FieldError } from '../api/client';
import type { Rules } from '../api/rules';
import { Choice, type ChoiceProps } from './choice';
import { faultsOf } from './rules';
import { ErrorLine } from './states';
import './form.css';

type Faults = Readonly<Record<string, string>>;

/** /name, ~1 and ~0 as in JSON pointers, or a plain name. */
const nameOf = ({ pointer = '' }: FieldError): string =>
  pointer
    .replace(/^\/(values\/)?/, '')
    .replace(/~1/g, '/')
    .replace(/~0/g, '~');

/** The server's faults by field; `rest` is what belongs to no field of this form. */
export function faultsFrom(error: ApiError, names: readonly string[]) {
  const faults: Record<string, string> = {};
  const rest: string[] = [];
  for (const fault of error.problem.errors ?? []) {
    const name = nameOf(fault);
    if (names.includes(name)) faults[name] ??= fault.detail;
    else rest.push(fault.detail);
  }
  return { faults, rest };
}

/** Values without the spaces around them, which nobody means. */
export const trimmed = <V extends Record<string, string>>(values: V): V =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text.trim()])) as V;

/** What went wrong and belongs to no field; `rest` is what the server says of fields that aren't here. */
export interface FormProblem {
  error: ApiError | null;
  rest: readonly string[];
}
const NONE: FormProblem = { error: null, rest: [] };

export interface ServerForm<V extends FieldValues, R, B> {
  /** What the fields begin with. */
  start?: V;
  /** Of the route, by field. */
  rules?: Rules;
  /** What is sent; else the values as they are. */
  body?: (values: V) => B;
  /** Instead of the rules, where they are a plugin's. */
  check?: (values: V) => Faults;
  send: (body: B) => Promise<R>;
  onDone?: (answer: R) => void;
  onFailed?: (error: ApiError) => void;
}

export function useServerForm<V extends FieldValues, R = unknown, B extends object = V>(
  options: ServerForm<V, R, B>,
) {
  const { rules = {}, body = (values: V) => values as object as B } = options;
  const check =
    options.check ?? ((values: V) => faultsOf(rules, body(values) as Record<string, unknown>));
  const form = useForm<V>({
    defaultValues: (options.start ?? {}) as DefaultValues<V>,
    shouldFocusError: false,
    resolver: (values) => {
      // What isn't a field here can't be mended here: that the server says.
      const errors = Object.entries(check(values))
        .filter(([name]) => name in values)
        .map(([name, message]) => [name, { type: 'rule', message }]);
      return errors.length
        ? { values: {}, errors: Object.fromEntries(errors) }
        : { values, errors: {} };
    },
  });
  const [failure, setFailure] = useState(NONE);
  const [attempts, setAttempts] = useState(0);
  const sending = useRef(false);
  const { errors, isSubmitting } = form.formState;
  useEffect(() => {
    // By the order of the fields, once they aren't disabled any more.
    const first = Object.keys(form.getValues()).find((name) => name in errors);
    if (first) form.setFocus(first as FieldPath<V>);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each attempt, not while one types
  }, [attempts]);

  /** What the server says of it; null forgets that. */
  const fail = (error: ApiError | null) => {
    if (!error) {
      form.clearErrors();
      setFailure(NONE);
      return;
    }
    const { faults, rest } = faultsFrom(error, Object.keys(form.getValues()));
    for (const [name, message] of Object.entries(faults))
      form.setError(name as FieldPath<V>, { type: 'server', message });
    const placed = Object.keys(faults).length + rest.length > 0;
    setFailure({ error: placed ? null : error, rest });
    options.onFailed?.(error);
  };
  /** Does something with what stands in the form, when that is right. */
  const attempt = async (action: (body: B) => Promise<void>) => {
    if (sending.current) return;
    sending.current = true;
    setFailure(NONE);
    const run = form.handleSubmit(async (values) => {
      try {
        await action(body(values));
      } catch (caught) {
        if (!(caught instanceof ApiError)) throw caught;
        fail(caught);
      }
    });
    try {
      await run();
    } finally {
      sending.current = false;
      setAttempts((n) => n + 1);
    }
  };
  const submit = (e?: FormEvent) => {
    e?.preventDefault();
    return attempt(async (sent) => {
      const answer = await options.send(sent);
      options.onDone?.(answer);
    });
  };
  return {
    form,
    rules,
    busy: isSubmitting,
    ...failure,
    fault: (name: FieldPath<V>) => errors[name]?.message as string | undefined,
    attempt,
    fail,
    submit,
  };
}

/** A text field of the form, with its fault below. */
export function TextInput<V extends FieldValues>({
  of,
  name,
  helperText,
  onText,
  ...rest
}: TextFieldProps & {
  onText?: (text: string) => void;
  of: { form: UseFormReturn<V>; rules: Rules };
  name: FieldPath<V>;
}) {
  const {
    field: { ref, ...field },
    fieldState,
  } = useController({ name, control: of.form.control });
  return (
    <TextField
      required={of.rules[name]?.required ?? false}
      {...rest}
      {...field}
      onChange={(e) => {
        field.onChange(e);
        onText?.(e.target.value);
      }}
      inputRef={ref}
      error={fieldState.invalid}
      helperText={fieldState.error?.message ?? helperText}
    />
  );
}

/** What is wrong with a field, below it; what has the focus names it in `aria-describedby`. */
export function FieldFault({ id, text }: { id: string; text: string | undefined }) {
  return (
    <p id={id} role="alert" className="field-fault">
      {text}
    </p>
  );
}

/** A choice of the form, with its fault below. */
export function ChoiceInput<V extends FieldValues, O extends string>({
  of,
  name,
  ...rest
}: Omit<ChoiceProps<O>, 'value' | 'onChange'> & {
  of: { form: UseFormReturn<V> };
  name: FieldPath<V>;
}) {
  const id = useId();
  const { field, fieldState } = useController({ name, control: of.form.control });
  return (
    <div>
      <Choice<O>
        {...rest}
        focus={field.ref}
        describedBy={id}
        value={field.value}
        onChange={field.onChange}
      />
      <FieldFault id={id} text={fieldState.error?.message} />
    </div>
  );
}

/** What belongs to no field, below them all. */
export function FormError({ of }: { of: FormProblem }) {
  return (
    <>
      <ErrorLine error={of.error} />
      {of.rest.map((text) => (
        <p key={text} role="alert" className="error-line">
          {text}
        </p>
      ))}
    </>
  );
}
