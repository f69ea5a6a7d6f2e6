/** The list as a table of which only the rows in sight are in the page. */
import {
  useEffect,
  useRef,
  useState,
  type CSSProperties,
  type FocusEvent,
  type ReactNode,
  type Ref,
} from 'react';
import type { TicketState } from '../api/types';
import { navigate, withParams } from '../router/router';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { Button } from '../ui/button';
import type { ListColumn } from './columns';
import { COUNT_MAX, type TicketList as List } from './data';
import { sortParam, type Filters, type Sort } from './filters';
import { usePrinting } from './media';
import { PlainRows, type ListHandle } from './rows';
import type { Selection } from './selection';
import type Virtual from './virtual-rows';
import './list.css';

/** It is 10 kB: the first rows are drawn without it. */
let virtualRows: typeof Virtual | null = null;
const loadVirtualRows = () =>
  import('./virtual-rows').then(
    (m) => (virtualRows = m.default),
    // Without a network all rows that are there are drawn as well; only more slowly.
    () => (virtualRows = PlainRows as typeof Virtual),
  );

/** A click follows the release by a moment, on touch screens by some more. */
const CLICK_MS = 300;

/**
 * The rows for lists of any length, as soon as they are loaded. They replace those that stand there, but not while one
 * of these is pressed: a click whose element has gone is none.
 */
function useVirtualRows() {
  const [rows, setRows] = useState(() => virtualRows);
  const pressed = useRef(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const swap = () => {
      if (over) return;
      if (pressed.current) timer = setTimeout(swap, CLICK_MS);
      else setRows(() => virtualRows);
    };
    const release = () => setTimeout(() => (pressed.current = false), CLICK_MS);
    addEventListener('pointerup', release);
    addEventListener('pointercancel', release);
    void loadVirtualRows().then(swap);
    return () => {
      over = true;
      clearTimeout(timer);
      removeEventListener('pointerup', release);
      removeEventListener('pointercancel', release);
    };
  }, []);
  return { VirtualRows: rows, press: () => (pressed.current = true) };
}

const HEADS = ['priority', 'number', 'title', 'state', 'assignee', 'time'] as const;

/** What a click on a head orders by. */
const SORTED_BY: Partial<Record<(typeof HEADS)[number], Sort>> = {
  priority: 'priority',
  number: 'number',
  time: 'updated',
};

/** Without filters the heads are there for their looks alone. */
function Head(props: { filters?: Filters; select?: ReactNode; columns?: readonly ListColumn[] }) {
  const { filters, select } = props;
  const own = props.columns?.map(({ id, label }) => (
    <span key={id} role="columnheader" className="cell-own" title={label}>
      <span>{label}</span>
    </span>
  ));
  return (
    <div role="row" aria-rowindex={1} className="row row-head">
      {select && (
        <span role="columnheader" className="cell-select">
          {select}
        </span>
      )}
      {HEADS.map((head) => {
        const sort = SORTED_BY[head];
        const current = filters !== undefined && sort === filters.sort;
        const order = filters?.reversed ? 'ascending' : 'descending';
        const turns = current && !filters.reversed;
        const cell = (
          <span
            key={head}
            role="columnheader"
            className={`cell-${head}`}
            aria-sort={current ? order : undefined}
          >
            {filters && sort ? (
              <button
                type="button"
                className="head-sort"
                title={texts.tickets.sortBy[`${turns ? '-' : ''}${sort}` as const]}
                onClick={() =>
                  navigate(withParams({ sort: sortParam(sort, turns) }), { replace: true })
                }
              >
                {texts.tickets.heads[head]}
                {current && <Icon name="down" size={12} />}
              </button>
            ) : (
              <span>{texts.tickets.heads[head]}</span>
            )}
          </span>
        );
        return head === 'title' ? [cell, own] : cell;
      })}
    </div>
  );
}

/** Grey rows of the same height and columns as real ones. */
export function ListSkeleton() {
  return (
    <div className="list" data-select="true" role="status" aria-label={texts.loading}>
      <div aria-hidden="true">
        <Head select={<span />} />
      </div>
      {Array.from({ length: 12 }, (_, i) => (
        <div key={i} className="row row-grey" aria-hidden="true">
          <span className="cell-select" />
          <span className="cell-priority bar" />
          <span className="cell-number bar" />
          <span className="cell-title bar" data-width={i % 4} />
          <span className="cell-state bar" />
          <span className="cell-assignee bar" />
          <span className="cell-time bar" />
        </div>
      ))}
    </div>
  );
}

/** More rows are read when so many are left below the last one in sight. */
const AHEAD = 25;
const FIRST_ROWS = 50;
const NONE: ReadonlySet<string> = new Set();
/** For list.css: their tracks in the grid of a row. */
const ownColumns = (n: number) => ({ '--own': `repeat(${n}, minmax(0, 120px))` }) as CSSProperties;

export function TicketList(props: {
  list: List;
  filters: Filters;
  states: readonly TicketState[];
  openId: string | null;
  columns: readonly ListColumn[];
  /** Missing where nothing can be changed. */
  selection?: Selection | undefined;
  ref?: Ref<ListHandle>;
}) {
  const { list, filters, selection, columns } = props;
  const { items, loadMore, hasMore, loadingMore } = list;
  const printing = usePrinting();
  const { VirtualRows, press } = useVirtualRows();
  /** The ticket whose row has the focus. */
  const [held, setHeld] = useState<string | null>(null);
  const [last, setLast] = useState(0);
  useEffect(() => {
    if (hasMore && !loadingMore && last + AHEAD >= items.length) loadMore();
  }, [hasMore, loadingMore, loadMore, last, items.length]);

  const rows = {
    items,
    closed: new Set(props.states.filter((s) => s.category === 'closed').map((s) => s.key)),
    openId: props.openId,
    fresh: list.fresh,
    selected: selection?.ids ?? NONE,
    columns,
    onSelect: selection?.toggle,
  };
  const all = items.length > 0 && items.every((t) => selection?.ids.has(t.id));
  return (
    <div
      className="list"
      data-select={selection !== undefined}
      style={columns.length ? ownColumns(columns.length) : undefined}
    >
      <div
        role="table"
        aria-label={texts.tickets.title}
        aria-rowcount={list.total > COUNT_MAX ? -1 : list.total + 1}
      >
        <div role="rowgroup">
          <Head
            filters={filters}
            columns={columns}
            select={
              selection && (
                <input
                  type="checkbox"
                  aria-label={texts.tickets.selectAll}
                  checked={all}
                  onChange={() => selection.set(all ? [] : items.map((t) => t.id))}
                />
              )
            }
          />
        </div>
        <div
          role="rowgroup"
          onPointerDown={press}
          onFocus={(e: FocusEvent) =>
            setHeld(
              e.target.closest('.row')?.querySelector<HTMLElement>('[data-ticket]')?.dataset
                .ticket ?? null,
            )
          }
          onBlur={(e: FocusEvent) => {
            if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setHeld(null);
          }}
        >
          {printing ? (
            <PlainRows {...rows} />
          ) : VirtualRows ? (
            <VirtualRows {...rows} ref={props.ref} held={held} hold={setHeld} onLast={setLast} />
          ) : (
            <PlainRows {...rows} items={items.slice(0, FIRST_ROWS)} ref={props.ref} />
          )}
        </div>
      </div>
      {hasMore && (
        <div className="list-more">
          <Button onClick={loadMore} loading={loadingMore}>
            {texts.tickets.more}
          </Button>
        </div>
      )}
    </div>
  );
}
