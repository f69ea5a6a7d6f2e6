/**
 * @mortise/ui for tests: the same components with the same roles and names as plain elements, which read and send by the
 * test page. How they look, and what they check before they send, is the app's.
 */
import { useEffect, useId, useState, type FormEvent, type ReactNode } from 'react';
import type * as Kit from './kit-types';
import type * as Platform from './platform';

type Row = Record<string, unknown>;
type Values = Record<string, unknown>;
type Get = typeof Platform.api.get;

const words = (value: unknown): ReactNode =>
  value === null || value === undefined ? '–' : String(value);

function Problem({ error, onRetry }: { error: Platform.ApiError; onRetry?: () => void }) {
  return (
    <div role="alert">
      <p>{error.message}</p>
      {onRetry && <button onClick={onRetry}>Try again</button>}
    </div>
  );
}

function Table<R>(props: {
  of: Kit.DataTableProps<R>;
  rows: readonly R[];
  sorting: string;
  onSort: (by: string) => void;
  onMore: (() => void) | undefined;
}) {
  const { of, rows, sorting } = props;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const valueOf = (column: Kit.Column<R>, row: R) =>
    column.value ? column.value(row) : (row as Row)[column.key];
  const nameOf = (row: R) => of.rowName?.(row) ?? String(valueOf(of.columns[0]!, row));
  const picked = rows.filter((row) => chosen.includes(of.rowKey(row)));
  return (
    <>
      {picked.length > 0 && of.bulk && (
        <div role="status">
          {picked.length} selected {of.bulk(picked, () => setChosen([]))}
        </div>
      )}
      <table aria-label={of.label}>
        <thead>
          <tr>
            {of.bulk && <td />}
            {of.columns.map((c) => (
              <th key={c.key} aria-sort={order(sorting, c.key)}>
                {c.sorts ? <button onClick={() => props.onSort(c.key)}>{c.label}</button> : c.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={of.rowKey(row)}>
              {of.bulk && (
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Select ${nameOf(row)}`}
                    checked={chosen.includes(of.rowKey(row))}
                    onChange={(e) =>
                      setChosen((old) => [
                        ...old.filter((id) => id !== of.rowKey(row)),
                        ...(e.target.checked ? [of.rowKey(row)] : []),
                      ])
                    }
                  />
                </td>
              )}
              {of.columns.map((c, i) => {
                const content = c.cell ? c.cell(row) : words(valueOf(c, row));
                return (
                  <td key={c.key}>
                    {i === 0 && of.onOpen ? (
                      <button onClick={() => of.onOpen?.(row)}>{content}</button>
                    ) : (
                      content
                    )}
                  </td>
                );
              })}
              {of.actions && <td>{of.actions(row)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {props.onMore && <button onClick={props.onMore}>Show more</button>}
    </>
  );
}

const order = (sorting: string, key: string) =>
  sorting === key ? 'ascending' : sorting === `-${key}` ? 'descending' : undefined;

function Field(props: {
  label: ReactNode;
  value: unknown;
  type?: string | undefined;
  disabled?: boolean | undefined;
  fault?: string | undefined;
  onChange: (value: string) => void;
  options?: readonly { value: string; label: string }[];
}) {
  const { label, value, fault, options, onChange, ...rest } = props;
  const id = useId();
  const common = {
    ...rest,
    value: String(value ?? ''),
    'aria-invalid': fault !== undefined,
    'aria-describedby': id,
  };
  return (
    <>
      {}
      <label>
        {label}
        {options ? (
          <select {...common} onChange={(e) => onChange(e.target.value)}>
            {options.map((o) => (
              <option key={o.value} value={o.value}>
                {o.label}
              </option>
            ))}
          </select>
        ) : (
          <input {...common} onChange={(e) => onChange(e.target.value)} />
        )}
      </label>
      <p id={id}>{fault}</p>
    </>
  );
}

interface Held {
  values: Values;
  faults: Record<string, string>;
  set: (name: string, value: unknown) => void;
}
interface InputProps {
  of: object;
  name: string;
  label?: ReactNode;
  type?: string;
  disabled?: boolean;
  options?: readonly { value: string; label: string }[];
}
function Input({ of, name, label, type, disabled, options }: InputProps) {
  const { held } = of as { held: Held };
  return (
    <Field
      label={label}
      type={type}
      disabled={disabled}
      options={options}
      value={held.values[name]}
      fault={held.faults[name]}
      onChange={(value) => held.set(name, value)}
    />
  );
}

/** A picker takes an id, a day or a zone as text. */
const Picker = (props: Kit.PickerProps) => (
  <Field
    label={props.label}
    value={props.value}
    disabled={props.disabled}
    fault={props.fault}
    onChange={props.onChange}
  />
);

function useForm(options: Kit.FormOptions<Values, unknown, object>) {
  const [values, setValues] = useState<Values>(options.start ?? {});
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [failed, setFailed] = useState<Platform.ApiError | null>(null);
  const [rest, setRest] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const set = (name: string, value: unknown) => setValues((old) => ({ ...old, [name]: value }));
  const submit = async (e?: FormEvent) => {
    e?.preventDefault();
    const body = (options.body ?? ((v: Values) => v))(values) as Values;
    const missing = Object.entries(options.rules ?? {}).filter(
      ([name, rule]) => rule.required && (body[name] ?? '') === '',
    );
    setFaults(Object.fromEntries(missing.map(([name]) => [name, 'Enter a value.'])));
    setFailed(null);
    setRest([]);
    if (missing.length) return;
    setBusy(true);
    try {
      const answer = await options.send(body);
      options.onDone?.(answer);
    } catch (caught) {
      const error = caught as Platform.ApiError;
      const all = (error.problem?.errors ?? []).map(
        (f) => [(f.pointer ?? '').replace(/^\//, ''), f.detail] as const,
      );
      setFaults(Object.fromEntries(all.filter(([name]) => name in values)));
      setRest(all.filter(([name]) => !(name in values)).map(([, detail]) => detail));
      setFailed(all.length ? null : error);
      options.onFailed?.(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    form: {
      watch: (name: string) => values[name],
      getValues: () => values,
      setValue: set,
      reset: (to?: Values) => setValues(to ?? options.start ?? {}),
    },
    rules: options.rules ?? {},
    held: { values, faults, set } satisfies Held,
    busy,
    error: failed,
    rest,
    fault: (name: string) => faults[name],
    submit,
  };
}

function FormDialog(props: Parameters<typeof Kit.FormDialog>[0]) {
  const { of } = props;
  return (
    <div role="dialog" aria-label={props.title}>
      <form noValidate onSubmit={(e) => void of.submit(e)}>
        {props.children}
        {[...(of.error ? [of.error.message] : []), ...of.rest].map((text) => (
          <p key={text} role="alert">
            {text}
          </p>
        ))}
        <button type="button" onClick={props.onClose}>
          Cancel
        </button>
        <button type="submit" disabled={of.busy}>
          {props.submit}
        </button>
      </form>
    </div>
  );
}

function ConfirmDialog(props: Parameters<typeof Kit.ConfirmDialog>[0]) {
  const of = useForm({ send: props.run, onDone: props.onClose });
  return (
    <FormDialog of={of} title={props.title} submit={props.confirm} onClose={props.onClose}>
      <p>{props.text}</p>
    </FormDialog>
  );
}

/** `useAsked` says how often what is shown was asked for again. */
export function testKit(get: Get, useAsked: () => number): typeof Kit {
  function DataTable<R>(of: Kit.DataTableProps<R>) {
    const [sorting, setSorting] = useState(of.sortBy ? `${of.down ? '-' : ''}${of.sortBy}` : '');
    const [read, setRead] = useState<{ items: R[]; cursor: string | null } | null>(null);
    const [error, setError] = useState<Platform.ApiError | null>(null);
    const source = 'source' in of ? of.source : null;
    const asked = useAsked();
    const load = async (cursor: string | null, before: R[]) => {
      if (!source) return;
      const query = { ...source.query, limit: source.limit ?? 50, sort: sorting || null, cursor };
      try {
        const page = await get<{ items: R[]; nextCursor?: string | null }>(source.url, { query });
        setError(null);
        setRead({ items: [...before, ...page.items], cursor: page.nextCursor ?? null });
      } catch (caught) {
        setError(caught as Platform.ApiError);
      }
    };
    const query = JSON.stringify(source?.query);
    useEffect(() => {
      void load(null, []);
      // eslint-disable-next-line react-hooks/exhaustive-deps -- what is asked for is named below
    }, [source?.url, query, sorting, asked]);
    const given = 'source' in of ? read?.items : of.rows;
    const failed = 'source' in of ? error : (of.error ?? null);
    const retry = 'source' in of ? () => void load(null, []) : of.onRetry;
    if (!given)
      return failed ? (
        <Problem error={failed} onRetry={retry} />
      ) : (
        <div role="status" aria-label="Loading" />
      );
    if (given.length === 0)
      return (
        <div>
          <h2>{of.empty?.title ?? 'Nothing here yet'}</h2>
          <p>{of.empty?.text}</p>
          {of.empty?.action}
        </div>
      );
    const column = source ? undefined : of.columns.find((c) => c.key === sorting.replace(/^-/, ''));
    const valueOf = (row: R) =>
      column?.value ? column.value(row) : (row as Row)[column?.key ?? ''];
    const down = sorting.startsWith('-') ? -1 : 1;
    const rows = column
      ? [...given].sort((a, b) => {
          const [x, y] = [valueOf(a), valueOf(b)];
          if (x === null || y === null) return Number(x === null) - Number(y === null);
          return down * (x! < y! ? -1 : x! > y! ? 1 : 0);
        })
      : given;
    const more = read?.cursor;
    return (
      <Table<R>
        of={of}
        rows={rows}
        sorting={sorting}
        onSort={(by) => setSorting(sorting === by ? `-${by}` : by)}
        onMore={more ? () => void load(more, read.items) : undefined}
      />
    );
  }
  return {
    DataTable,
    FormDialog,
    ConfirmDialog,
    useServerForm: useForm as never,
    TextInput: Input as never,
    ChoiceInput: Input as never,
    PersonInput: Input as never,
    TeamInput: Input as never,
    TicketInput: Input as never,
    DayInput: Input as never,
    ZoneInput: Input as never,
    PersonPicker: Picker,
    TeamPicker: Picker,
    TicketPicker: Picker,
    DayPicker: Picker,
    ZonePicker: Picker,
    Chart: ({ title, labels, series }) => (
      <table aria-label={title}>
        <tbody>
          {labels.map((label, i) => (
            <tr key={label}>
              <th>{label}</th>
              {series.map((s) => (
                <td key={s.name}>{words(s.values[i])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    ),
    EmptyState: ({ title, text, children }) => (
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
        {children}
      </div>
    ),
    ErrorState: Problem,
    LoadingState: () => <div role="status" aria-label="Loading" />,
  };
}
