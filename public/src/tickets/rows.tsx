/** The rows of the list, and all of them one below the other. */
import { lazy, memo, Suspense, useImperativeHandle, useRef, type Ref } from 'react';
import type { Ticket } from '../api/types';
import { followLink, withParams } from '../router/router';
import { texts, useLanguage } from '../text';
import { Avatar } from '../ui/avatar';
import { stateName } from '../ui/names';
import { Time } from '../ui/time';
import type { ListColumn } from './columns';
import { PriorityMark, StateMark } from './marks';

const OwnCell = lazy(() => import('./own-cell'));

export const ticketPath = (id: string) =>
  withParams({ tab: null }, `/tickets/${encodeURIComponent(id)}`);

export interface ListHandle {
  /** Scrolls there. */
  show: (id: string) => void;
  /** The same, and the row gets the focus. */
  focus: (id: string) => void;
}

export interface RowsProps {
  items: readonly Ticket[];
  /** The keys of states that are closed ones. */
  closed: ReadonlySet<string>;
  openId: string | null;
  fresh: ReadonlySet<string>;
  selected: ReadonlySet<string>;
  columns: readonly ListColumn[];
  /** `range`: all from the last one that was selected; missing where nothing can be changed. */
  onSelect?: ((id: string, range: boolean) => void) | undefined;
}

export const rowProps = (p: RowsProps, ticket: Ticket) => ({
  ticket,
  to: ticketPath(ticket.id),
  closed: p.closed.has(ticket.state),
  open: ticket.id === p.openId,
  fresh: p.fresh.has(ticket.id),
  selected: p.selected.has(ticket.id),
  columns: p.columns,
  onSelect: p.onSelect,
});

interface RowProps {
  ticket: Ticket;
  to: string;
  /** Its place in the list, the first is 0. */
  index: number;
  /** Pixels below the first row; missing where all rows stand in the page, one below the other. */
  top?: number;
  measure?: (row: HTMLElement | null) => void;
  closed: boolean;
  open: boolean;
  fresh: boolean;
  selected: boolean;
  columns: RowsProps['columns'];
  onSelect: RowsProps['onSelect'];
}

/** The row of heads is the first one. */
const ROWS_BEFORE = 2;

/** Of the rows in sight only those are drawn again that have changed. */
export const Row = memo(function Row(props: RowProps) {
  useLanguage();
  const { ticket } = props;
  const state = stateName({ key: ticket.state, label: ticket.stateLabel });
  return (
    <div
      ref={props.measure}
      role="row"
      aria-rowindex={props.index + ROWS_BEFORE}
      className="row"
      style={{ top: props.top }}
      data-index={props.index}
      data-open={props.open}
      data-fresh={props.fresh}
      data-closed={props.closed}
      data-selected={props.selected}
    >
      {props.onSelect && (
        <span role="cell" className="cell-select">
          <input
            type="checkbox"
            aria-label={texts.tickets.select({ number: ticket.number })}
            checked={props.selected}
            onChange={(e) =>
              props.onSelect?.(ticket.id, (e.nativeEvent as MouseEvent).shiftKey === true)
            }
          />
        </span>
      )}
      <span role="cell" className="cell-priority" title={texts.priority[ticket.priority]}>
        <PriorityMark priority={ticket.priority} said={false} />
        <span>{texts.priority[ticket.priority] ?? ticket.priority}</span>
      </span>
      <span role="cell" className="cell-number">
        {ticket.number}
      </span>
      <span role="cell" className="cell-title">
        <a
          href={props.to}
          onClick={followLink}
          data-ticket={ticket.id}
          aria-current={props.open ? 'true' : undefined}
        >
          {ticket.title}
        </a>
      </span>
      {props.columns.map(({ id, of }) => (
        <span key={id} role="cell" className="cell-own">
          <Suspense fallback={null}>
            <OwnCell of={of} ticket={ticket} />
          </Suspense>
        </span>
      ))}
      <span role="cell" className="cell-state" title={state}>
        <StateMark state={ticket.state} closed={props.closed} />
        <span>{state}</span>
      </span>
      <span
        role="cell"
        className="cell-assignee"
        title={ticket.assigneeName ?? texts.tickets.nobody}
      >
        <Avatar name={ticket.assigneeName} id={ticket.assigneeId} />
        <span>{ticket.assigneeName ?? texts.tickets.nobody}</span>
      </span>
      <span role="cell" className="cell-time">
        <Time iso={ticket.updatedAt} />
      </span>
    </div>
  );
});

/** The link of a ticket's row. */
export const linkIn = (rows: HTMLElement | null, id: string): HTMLElement | undefined =>
  [...(rows?.querySelectorAll<HTMLElement>('[data-ticket]') ?? [])].find(
    (a) => a.dataset.ticket === id,
  );

/** Before the code for long lists is there, and on paper. */
export function PlainRows(props: RowsProps & { ref?: Ref<ListHandle> | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  useImperativeHandle(props.ref, () => ({
    show: (id) => linkIn(box.current, id)?.scrollIntoView({ block: 'nearest' }),
    focus: (id) => linkIn(box.current, id)?.focus(),
  }));
  return (
    <div ref={box} className="rows" role="presentation">
      {props.items.map((t, i) => (
        <Row key={t.id} index={i} {...rowProps(props, t)} />
      ))}
    </div>
  );
}
