/**
 * The table of plugins: the app's own heads, sorting, pages, selection and states. Where there is little room, in a
 * ticket's tab as on a phone, each row is a card with its columns' names.
 */
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { usePages } from '../api/pages';
import { usePluginEvents } from '../plugins/own-events';
import { texts } from '../text';
import { kitTexts } from '../text/kit';
import { useSelection, type Selection } from '../tickets/selection';
import { Button } from '../ui/button';
import { SortBy, sorted, SortHead, type Sorting, type Value } from '../ui/sort';
import { Bars, Empty, ErrorLine, ErrorState } from '../ui/states';
import { OfApp } from './of-app';
import './kit.css';

export interface Column<R> {
  key: string;
  label: string;
  value?: (row: R) => Value;
  cell?: (row: R) => ReactNode;
  sorts?: boolean;
  right?: boolean;
}

interface CommonProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rowKey: (row: R) => string;
  rowName?: (row: R) => string;
  sortBy?: string;
  down?: boolean;
  onOpen?: (row: R) => void;
  actions?: (row: R) => ReactNode;
  bulk?: (rows: readonly R[], clear: () => void) => ReactNode;
  empty?: { title: string; text?: string; action?: ReactNode };
}

export interface RowsProps<R> extends CommonProps<R> {
  rows: readonly R[] | undefined;
  error?: ApiError | null;
  onRetry?: () => void;
}

export interface SourceProps<R> extends CommonProps<R> {
  source: {
    url: string;
    query?: Record<string, string | number>;
    limit?: number;
    refreshOn?: string | readonly string[];
  };
}

const PAGE = 50;
const NO_EVENTS: readonly string[] = [];
const NO_ROWS: readonly never[] = [];

const valueOf = <R,>(column: Column<R>, row: R): Value =>
  column.value ? column.value(row) : ((row as Record<string, unknown>)[column.key] as Value);

const shown = (value: Value): ReactNode =>
  typeof value === 'boolean' ? (value ? '✓' : '–') : (value ?? '–');

interface Shown<R> extends CommonProps<R> {
  rows: readonly R[] | undefined;
  error: ApiError | null;
  sorting: Sorting<string>;
  onSort: (by: string) => void;
  onRetry?: () => void;
  more?: { load: () => void; loading: boolean } | undefined;
}

/** Up and down go to the same thing in the next row. */
function moveBetweenRows(e: KeyboardEvent) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  const from = e.target as HTMLElement;
  if (!step || from.matches('input:not([type=checkbox]), textarea, select')) return;
  const row = from.closest('tr');
  const rows = [...(row?.parentElement?.children ?? [])];
  const next = row && rows[rows.indexOf(row) + step];
  if (!next) return;
  const inside = (of: Element) => [
    ...of.querySelectorAll<HTMLElement>('button:not(:disabled), a[href], input'),
  ];
  const targets = inside(next);
  const target = targets[inside(row).indexOf(from)] ?? targets[0];
  if (!target) return;
  e.preventDefault();
  target.focus();
}

function TableRow<R>(props: { of: Shown<R>; row: R; selection: Selection | null; name: string }) {
  const { of, row, selection, name } = props;
  const id = of.rowKey(row);
  const selected = selection?.ids.has(id) ?? false;
  return (
    <tr data-selected={selected}>
      {selection && (
        <td className="kit-select">
          <input
            type="checkbox"
            aria-label={kitTexts.select({ name })}
            checked={selected}
            onChange={(e) => selection.toggle(id, (e.nativeEvent as MouseEvent).shiftKey === true)}
          />
        </td>
      )}
      {of.columns.map((column, i) => {
        const content = column.cell ? column.cell(row) : shown(valueOf(column, row));
        return (
          <td
            key={column.key}
            className={column.right ? 'kit-right number' : undefined}
            data-first={i === 0}
          >
            <span className="kit-label" aria-hidden="true">
              {column.label}
            </span>
            {i === 0 && of.onOpen ? (
              <button type="button" className="kit-open" onClick={() => of.onOpen?.(row)}>
                {content}
              </button>
            ) : (
              <span className="kit-value">{content}</span>
            )}
          </td>
        );
      })}
      {of.actions && <td className="kit-actions">{of.actions(row)}</td>}
    </tr>
  );
}

function Rows<R>({ of, rows }: { of: Shown<R>; rows: readonly R[] }) {
  const { columns, sorting, onSort, bulk } = of;
  const ids = rows.map(of.rowKey);
  const selection = useSelection(ids);
  const sorts = columns.filter((c) => c.sorts);
  const chosen = rows.filter((row) => selection.ids.has(of.rowKey(row)));
  const nameOf = (row: R) => of.rowName?.(row) ?? String(valueOf(columns[0]!, row) ?? '');
  return (
    <>
      {sorts.length > 0 && rows.length > 1 && (
        <SortBy
          className="kit-sort"
          options={sorts.map((c) => ({ value: c.key, label: c.label }))}
          sorting={sorting}
          onSort={onSort}
        />
      )}
      {chosen.length > 0 && bulk && (
        <div className="kit-bulk" role="status">
          <span>{kitTexts.selected({ n: chosen.length })}</span>
          {bulk(chosen, () => selection.set([]))}
          <Button onClick={() => selection.set([])}>{kitTexts.clear}</Button>
        </div>
      )}
      <table className="table kit-table" aria-label={of.label} onKeyDown={moveBetweenRows}>
        <thead>
          <tr>
            {bulk && (
              <th scope="col" className="kit-select">
                <input
                  type="checkbox"
                  aria-label={kitTexts.selectAll}
                  checked={chosen.length === rows.length}
                  onChange={() => selection.set(chosen.length === rows.length ? [] : ids)}
                />
              </th>
            )}
            {columns.map((c) =>
              c.sorts ? (
                <SortHead
                  key={c.key}
                  by={c.key}
                  sorting={sorting}
                  onSort={onSort}
                  className={c.right ? 'kit-right' : ''}
                >
                  {c.label}
                </SortHead>
              ) : (
                <th key={c.key} scope="col" className={c.right ? 'kit-right' : undefined}>
                  {c.label}
                </th>
              ),
            )}
            {of.actions && (
              <th scope="col" className="kit-actions">
                <span className="visually-hidden">{kitTexts.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow
              key={of.rowKey(row)}
              of={of}
              row={row}
              name={nameOf(row)}
              selection={bulk ? selection : null}
            />
          ))}
        </tbody>
      </table>
      <ErrorLine error={of.error} />
      {of.more && (
        <div className="kit-more">
          <Button onClick={of.more.load} loading={of.more.loading}>
            {texts.tickets.more}
          </Button>
        </div>
      )}
    </>
  );
}

function Shell<R>(of: Shown<R>) {
  const { rows, error, empty } = of;
  return (
    <OfApp>
      {rows === undefined ? (
        error ? (
          <ErrorState error={error} onRetry={of.onRetry} />
        ) : (
          <Bars rows={5} label={texts.loading} />
        )
      ) : rows.length === 0 ? (
        <Empty icon="table" title={empty?.title ?? kitTexts.empty} text={empty?.text}>
          {empty?.action}
        </Empty>
      ) : (
        <Rows of={of} rows={rows} />
      )}
    </OfApp>
  );
}

/** A second press on the same head turns the order. */
function useOrder<R>({ columns, sortBy = '', down = false }: CommonProps<R>) {
  const [sorting, setSorting] = useState<Sorting<string>>({ by: sortBy, down });
  const onSort = (by: string) =>
    setSorting((old) => ({ by, down: old.by === by ? !old.down : false }));
  return { sorting, onSort, column: columns.find((c) => c.key === sorting.by) };
}

function GivenRows<R>(props: RowsProps<R>) {
  const { sorting, onSort, column } = useOrder(props);
  const rows = column
    ? sorted(props.rows ?? NO_ROWS, (row) => valueOf(column, row), sorting)
    : props.rows;
  return (
    <Shell<R>
      {...props}
      rows={props.rows && rows}
      error={props.error ?? null}
      sorting={sorting}
      onSort={onSort}
    />
  );
}

function RowsOfRoute<R>(props: SourceProps<R>) {
  const { url, query = {}, limit = PAGE, refreshOn = NO_EVENTS } = props.source;
  const { sorting, onSort } = useOrder(props);
  const order = sorting.by && `${sorting.down ? '-' : ''}${sorting.by}`;
  const asked = { ...query, limit, ...(order && { sort: order }) };
  // The address first: what makes the plugin's other readers read again does so here.
  const id = useId();
  const list = usePages<R>([`${url}?${JSON.stringify(asked)}`, 'pages'], url, () => asked);
  usePluginEvents(refreshOn, list.refresh);
  const [last, setLast] = useState<{ of: string; items: R[] } | null>(null);
  const { items } = list;
  const of = `${id}${url}${JSON.stringify(query)}`;
  useEffect(() => {
    if (items) setLast({ of, items });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a new array each time; its first and last row tell
  }, [of, items?.length, items?.[0], items?.at(-1)]);
  // In a new order the rows of the old one stay until those are here: nothing jumps, the focus stays in the heads.
  const kept = last?.of === of ? last.items : undefined;
  return (
    <Shell<R>
      {...props}
      rows={items ?? (list.error ? undefined : kept)}
      error={list.error}
      sorting={sorting}
      onSort={onSort}
      onRetry={list.refresh}
      more={list.hasMore ? { load: list.loadMore, loading: list.loadingMore } : undefined}
    />
  );
}

export function DataTable<R>(props: RowsProps<R> | SourceProps<R>) {
  return 'source' in props ? <RowsOfRoute<R> {...props} /> : <GivenRows<R> {...props} />;
}
