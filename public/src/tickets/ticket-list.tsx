import { memo, useEffect, useRef } from 'react';
import type { Ticket, TicketState } from '../api/types';
import { followLink, withParams } from '../router/router';
import { T, useLanguage } from '../text';
import { Avatar } from '../ui/avatar';
import { stateName } from '../ui/names';
import { Button } from '../ui/button';
import { Time } from '../ui/time';
import type { TicketList as List } from './data';
import { PriorityMark, StateMark } from './marks';
import './list.css';

export const ticketPath = (id: string) =>
  withParams({ tab: null }, `/tickets/${encodeURIComponent(id)}`);

interface RowProps {
  ticket: Ticket;
  to: string;
  closed: boolean;
  open: boolean;
  fresh: boolean;
}

/** Of a thousand rows only those are drawn again that have changed. */
const Row = memo(function Row(props: RowProps) {
  useLanguage();
  const { ticket } = props;
  return (
    <div
      role="row"
      className="row"
      data-open={props.open}
      data-fresh={props.fresh}
      data-closed={props.closed}
    >
      <span role="cell" className="cell-priority">
        <PriorityMark priority={ticket.priority} />
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
      <span
        role="cell"
        className="cell-state"
        title={stateName({ key: ticket.state, label: ticket.stateLabel })}
      >
        <StateMark state={ticket.state} closed={props.closed} />
        <span>{stateName({ key: ticket.state, label: ticket.stateLabel })}</span>
      </span>
      <span role="cell" className="cell-assignee" title={ticket.assigneeName ?? T.tickets.nobody}>
        <Avatar name={ticket.assigneeName} />
        <span>{ticket.assigneeName ?? T.tickets.nobody}</span>
      </span>
      <span role="cell" className="cell-time">
        <Time iso={ticket.updatedAt} />
      </span>
    </div>
  );
});

const HEADS = ['priority', 'number', 'title', 'state', 'assignee', 'time'] as const;

function Head() {
  return (
    <div role="row" className="row row-head">
      {HEADS.map((h) => (
        <span key={h} role="columnheader" className={`cell-${h}`}>
          <span>{T.tickets.heads[h]}</span>
        </span>
      ))}
    </div>
  );
}

/** Grey rows of the same height and columns as real ones. */
export function ListSkeleton() {
  return (
    <div className="list" role="status" aria-label={T.loading}>
      <div aria-hidden="true">
        <Head />
      </div>
      {Array.from({ length: 12 }, (_, i) => (
        <div key={i} className="row row-grey" aria-hidden="true">
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

export function TicketList(props: {
  list: List;
  states: readonly TicketState[];
  openId: string | null;
}) {
  const { list } = props;
  const closed = new Set(props.states.filter((s) => s.category === 'closed').map((s) => s.key));
  const end = useRef<HTMLDivElement>(null);
  const { loadMore, hasMore } = list;
  useEffect(() => {
    const mark = end.current;
    if (!mark || !hasMore) return;
    const watch = new IntersectionObserver((seen) => seen[0]?.isIntersecting && loadMore(), {
      rootMargin: '400px',
    });
    watch.observe(mark);
    return () => watch.disconnect();
  }, [hasMore, loadMore, list.items]);

  return (
    <div className="list">
      <div role="table" aria-label={T.tickets.title} aria-rowcount={list.total + 1}>
        <div role="rowgroup">
          <Head />
        </div>
        <div role="rowgroup">
          {list.items.map((t) => (
            <Row
              key={t.id}
              ticket={t}
              to={ticketPath(t.id)}
              closed={closed.has(t.state)}
              open={t.id === props.openId}
              fresh={list.fresh.has(t.id)}
            />
          ))}
        </div>
      </div>
      {list.hasMore && (
        <div className="list-more" ref={end}>
          <Button onClick={list.loadMore} loading={list.loadingMore}>
            {T.tickets.more}
          </Button>
        </div>
      )}
    </div>
  );
}
