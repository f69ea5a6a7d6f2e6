/** What @mortise/ui has ready in the browser (the global `MortiseUI`); kit.ts hands it on. KIT.md is made of this. */
import type { TextFieldProps } from '@mui/material';
import type { FormEvent, ReactElement, ReactNode } from 'react';
import type { ApiError } from './platform';

/** A column of a DataTable. */
export interface Column<R> {
  /** Unique; the name of the row's field, and what a route is asked to sort by. */
  key: string;
  /** The head, and the name of the value on a card. */
  label: string;
  /** What the column is sorted by and shows, where that isn't the field of this name. */
  value?: (row: R) => string | number | boolean | null | undefined;
  /** Draws the value. */
  cell?: (row: R) => ReactNode;
  /** Its head sorts. */
  sorts?: boolean;
  /** For numbers. */
  right?: boolean;
}

/** What a DataTable is given. */
export type DataTableProps<R> = {
  /** What the table is called. */
  label: string;
  columns: readonly Column<R>[];
  rowKey: (row: R) => string;
  /** What a row is called, where that isn't its first column. */
  rowName?: (row: R) => string;
  /** The key of the column that it is sorted by at first. */
  sortBy?: string;
  /** From the largest to the smallest at first. */
  down?: boolean;
  /** Makes the first column of each row a button. */
  onOpen?: (row: R) => void;
  /** At the end of each row: a menu, buttons. */
  actions?: (row: R) => ReactNode;
  /** Rows can be selected; what is done with those that are. */
  bulk?: (rows: readonly R[], clear: () => void) => ReactNode;
  /** Where there are no rows. */
  empty?: { title: string; text?: string; action?: ReactNode };
} & (
  | {
      /** All rows, sorted here; undefined while they are on their way. */
      rows: readonly R[] | undefined;
      error?: ApiError | null;
      onRetry?: () => void;
    }
  | {
      /** A route that answers {items, nextCursor} to ?limit=&cursor=&sort=, as mt_page() does; "-key" sorts downwards. */
      source: {
        /** Of `plugin.url()`. */
        url: string;
        query?: Record<string, string | number>;
        limit?: number;
        /** Events that make it read again. */
        refreshOn?: string | readonly string[];
      };
    }
);

/**
 * A table of the app: sorting by its heads, pages by cursor, selection with Shift for a range, arrow keys between
 * rows, a card for each row where there is little room, and its loading, empty and error states.
 *
 * @example
 * <DataTable<Part>
 *   label={t('parts')}
 *   source={{ url: plugin.url('/parts'), refreshOn: 'parts.Moved' }}
 *   columns={[
 *     { key: 'name', label: t('name'), sorts: true },
 *     { key: 'stock', label: t('stock'), sorts: true, right: true },
 *   ]}
 *   rowKey={(part) => part.id}
 *   onOpen={setOpened}
 *   bulk={(parts, clear) => <Button onClick={() => void order(parts).then(clear)}>{t('order')}</Button>}
 *   empty={{ title: t('none'), text: t('noneText') }}
 * />
 */
export function DataTable<R>(props: DataTableProps<R>): ReactElement;

/** What a field accepts; the server has the last word. */
export interface Rule {
  type:
    | 'string'
    | 'text'
    | 'integer'
    | 'decimal'
    | 'boolean'
    | 'uuid'
    | 'email'
    | 'url'
    | 'enum'
    | 'array'
    | 'object'
    | 'time'
    | 'date';
  required?: boolean;
  nullable?: boolean;
  /** Characters of a text, else the value. */
  min?: number;
  max?: number;
  oneOf?: readonly string[];
  /** Of the whole text. */
  pattern?: string;
  patternHelp?: string;
}
export type Rules = Readonly<Record<string, Rule>>;

/** What useServerForm() is given. */
export interface FormOptions<V, R, B> {
  /** What the fields begin with. */
  start?: V;
  /** By field: checked before anything is sent. */
  rules?: Rules;
  /** What is sent; else the values as they are. */
  body?: (values: V) => B;
  send: (body: B) => Promise<R>;
  onDone?: (answer: R) => void;
  onFailed?: (error: ApiError) => void;
}

/** A form: give it to FormDialog and to the inputs. */
export interface Form<V extends Record<string, unknown>> {
  form: {
    watch(name: keyof V & string): unknown;
    getValues(): V;
    setValue(name: keyof V & string, value: unknown): void;
    reset(values?: V): void;
  };
  rules: Rules;
  busy: boolean;
  error: ApiError | null;
  rest: readonly string[];
  fault: (name: keyof V & string) => string | undefined;
  submit: (e?: FormEvent) => Promise<void>;
}

/**
 * A form and the route that it is sent to. What the rules or the server (`errors` of problem+json) find wrong stands
 * at its field, and the first field that is wrong gets the focus.
 *
 * @example
 * const form = useServerForm({
 *   start: { name: '', stock: '0' },
 *   rules: { name: { type: 'string', required: true, min: 1, max: 80 } },
 *   body: ({ name, stock }) => ({ name, stock: Number(stock) }),
 *   send: (part) => plugin.post('/parts', part),
 *   onDone: () => { plugin.refresh(); close(); },
 * });
 */
export function useServerForm<V extends Record<string, unknown>, R = unknown, B extends object = V>(
  options: FormOptions<V, R, B>,
): Form<V>;

/**
 * A dialog with one form. Nothing closes it while it is being sent.
 *
 * @example
 * <FormDialog title={t('newPart')} submit={t('add')} of={form} onClose={close}>
 *   <TextInput of={form} name="name" label={t('name')} autoFocus />
 *   <PersonInput of={form} name="ownerId" label={t('owner')} />
 * </FormDialog>
 */
export function FormDialog(props: {
  title: string;
  submit: string;
  danger?: boolean;
  wide?: boolean;
  of: Pick<Form<never>, 'busy' | 'error' | 'rest' | 'submit'>;
  onClose: () => void;
  children: ReactNode;
}): ReactElement;

/**
 * A text field of a form; `type`, `multiline` and the like are those of MUI's TextField.
 *
 * @example
 * <TextInput of={form} name="note" label={t('note')} multiline minRows={3} />
 */
export function TextInput<V extends Record<string, unknown>>(
  props: TextFieldProps & {
    of: Pick<Form<V>, 'form' | 'rules'>;
    name: keyof V & string;
    onText?: (text: string) => void;
  },
): ReactElement;

/**
 * A choice of a form between a few values.
 *
 * @example
 * <ChoiceInput of={form} name="kind" label={t('kind')} options={[{ value: 'spare', label: t('spare') }]} />
 */
export function ChoiceInput<V extends Record<string, unknown>, O extends string = string>(props: {
  of: Pick<Form<V>, 'form'>;
  name: keyof V & string;
  label: string;
  options: readonly { value: O; label: string }[];
  disabled?: boolean;
}): ReactElement;

/**
 * One yes-or-no question. What goes wrong is said in it, and it stays.
 *
 * @example
 * {asked && (
 *   <ConfirmDialog
 *     danger
 *     title={t('delete')}
 *     text={t('deleteText', { name: part.name })}
 *     confirm={t('delete')}
 *     run={() => plugin.del('/parts/:id', { id: part.id })}
 *     onClose={() => setAsked(false)}
 *   />
 * )}
 */
export function ConfirmDialog(props: {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
}): ReactElement;

/** What every picker is given. */
export interface PickerProps {
  label: string;
  /** An id, a day (yyyy-mm-dd) or the name of a zone; "" is nothing. */
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  disabled?: boolean;
  helperText?: string;
  /** What is wrong with the value. */
  fault?: string | undefined;
}

/**
 * Chooses a person of the company. Who is signed in needs `users:read` to see any.
 *
 * @example
 * <PersonPicker label={t('owner')} value={ownerId} onChange={setOwnerId} />
 */
export function PersonPicker(props: PickerProps): ReactElement;
/**
 * Chooses a team.
 *
 * @example
 * <TeamPicker label={t('team')} value={teamId} onChange={setTeamId} />
 */
export function TeamPicker(props: PickerProps): ReactElement;
/**
 * Chooses one of the tickets that the person may see, by number or title; the server searches.
 *
 * @example
 * <TicketPicker label={t('ticket')} value={ticketId} onChange={setTicketId} />
 */
export function TicketPicker(props: PickerProps): ReactElement;
/**
 * Chooses a day: yyyy-mm-dd, the same one everywhere.
 *
 * @example
 * <DayPicker label={t('due')} value={day} onChange={setDay} min={companyDayAt(new Date())} />
 */
export function DayPicker(props: PickerProps & { min?: string; max?: string }): ReactElement;
/**
 * Chooses a time zone, such as Europe/Berlin.
 *
 * @example
 * <ZonePicker label={t('zone')} value={zone} onChange={setZone} />
 */
export function ZonePicker(props: PickerProps): ReactElement;

type InputProps<V extends Record<string, unknown>> = Omit<
  PickerProps,
  'value' | 'onChange' | 'fault'
> & { of: Pick<Form<V>, 'form'>; name: keyof V & string };

/**
 * PersonPicker as a field of a form.
 *
 * @example
 * <PersonInput of={form} name="ownerId" label={t('owner')} />
 */
export function PersonInput<V extends Record<string, unknown>>(props: InputProps<V>): ReactElement;
/**
 * TeamPicker as a field of a form.
 *
 * @example
 * <TeamInput of={form} name="teamId" label={t('team')} />
 */
export function TeamInput<V extends Record<string, unknown>>(props: InputProps<V>): ReactElement;
/**
 * TicketPicker as a field of a form.
 *
 * @example
 * <TicketInput of={form} name="ticketId" label={t('ticket')} />
 */
export function TicketInput<V extends Record<string, unknown>>(props: InputProps<V>): ReactElement;
/**
 * DayPicker as a field of a form.
 *
 * @example
 * <DayInput of={form} name="due" label={t('due')} />
 */
export function DayInput<V extends Record<string, unknown>>(
  props: InputProps<V> & { min?: string; max?: string },
): ReactElement;
/**
 * ZonePicker as a field of a form.
 *
 * @example
 * <ZoneInput of={form} name="zone" label={t('zone')} />
 */
export function ZoneInput<V extends Record<string, unknown>>(props: InputProps<V>): ReactElement;

/** What a Chart is given. */
export interface ChartProps {
  title: string;
  /** By itself bars. A donut shows the first series. */
  kind?: 'bar' | 'line' | 'donut';
  /** Of the values: "h", "ms", "bytes", "%" or a word. */
  unit?: string;
  /** The labels follow each other in time; days are written yyyy-mm-dd. */
  overTime?: boolean;
  labels: readonly string[];
  /** One value for each label; null where nothing is known. */
  series: readonly { name: string; values: readonly (number | null)[] }[];
}

/**
 * Numbers as a drawing, or as the table that says the same.
 *
 * @example
 * <Chart
 *   kind="donut"
 *   title={t('stockByPlace')}
 *   labels={['A', 'B']}
 *   series={[{ name: t('stock'), values: [12, 3] }]}
 * />
 */
export function Chart(props: ChartProps): ReactElement;

/**
 * A place where nothing is yet says what belongs there.
 *
 * @example
 * <EmptyState title={t('none')} text={t('noneText')}><Button onClick={add}>{t('add')}</Button></EmptyState>
 */
export function EmptyState(props: {
  title: string;
  text?: string;
  children?: ReactNode;
}): ReactElement;
/**
 * What went wrong in place of a whole view, with the request's id and a way to try again.
 *
 * @example
 * if (parts.error && !parts.data) return <ErrorState error={parts.error} onRetry={parts.refresh} />;
 */
export function ErrorState(props: { error: ApiError; onRetry?: () => void }): ReactElement;
/**
 * Grey bars in the place of what comes.
 *
 * @example
 * if (!parts.data) return <LoadingState rows={3} />;
 */
export function LoadingState(props: { rows?: number }): ReactElement;
