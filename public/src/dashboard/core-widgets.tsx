/** The app's own widgets. Each reads its own, and follows tickets as they change. */
import type { ComponentType } from 'react';
import { api } from '../api/client';
import { invalidateSoon, useQuery } from '../api/query';
import type { Ticket, TicketPage } from '../api/types';
import { useEvents, useResync } from '../events/live';
import { Link } from '../router/router';
import { formatNumber, texts } from '../text';
import { dashboardTexts } from '../text/dashboard';
import { COUNT_MAX, TICKET_EVENTS, useTicketStates } from '../tickets/data';
import { PriorityMark, StateMark } from '../tickets/marks';
import { MY_WORK } from '../tickets/views';
import { stateName } from '../ui/names';
import { Bars, ErrorLine } from '../ui/states';
import { Time } from '../ui/time';
import type { Widget } from './layout';

const ROWS = 6;
const PREFIX = 'dashboard/';
const EVENTS = [...TICKET_EVENTS, 'WorkHandedOver'] as const;

const countText = (n: number): string =>
  n > COUNT_MAX ? dashboardTexts.more({ n: COUNT_MAX }) : formatNumber(n);

function useFollowTickets(): void {
  useEvents(EVENTS, () => invalidateSoon(PREFIX));
  useResync(() => invalidateSoon(PREFIX));
}

function TicketRow({ ticket }: { ticket: Ticket }) {
  return (
    <li>
      <Link to={`/tickets/${ticket.id}`}>
        <PriorityMark priority={ticket.priority} />
        <span className="widget-number">{ticket.number}</span>
        <span className="widget-title">{ticket.title}</span>
      </Link>
      <Time iso={ticket.updatedAt} className="soft" />
    </li>
  );
}

/** The first tickets of a view of the list, and the way to all of it. */
function Tickets(props: { name: string; query: string; none: string }) {
  useFollowTickets();
  const asked = new URLSearchParams(props.query);
  if (!asked.has('state')) asked.set('state', 'open');
  const { data, error } = useQuery<TicketPage>(`${PREFIX}${props.name}`, (signal) =>
    api.get('/api/tickets', { signal, query: { ...Object.fromEntries(asked), limit: ROWS } }),
  );
  if (!data)
    return error ? <ErrorLine error={error} /> : <Bars rows={ROWS} label={texts.loading} />;
  if (data.items.length === 0) return <p className="soft">{props.none}</p>;
  return (
    <>
      <ul className="widget-rows">
        {data.items.map((t) => (
          <TicketRow key={t.id} ticket={t} />
        ))}
      </ul>
      {data.total > data.items.length && (
        <Link to={`/tickets?${props.query}`} className="widget-all">
          {dashboardTexts.all({ count: countText(data.total) })}
        </Link>
      )}
    </>
  );
}

const Mine = () => <Tickets name="mine" query={MY_WORK} none={dashboardTexts.noneMine} />;

const Unassigned = () => (
  <Tickets
    name="unassigned"
    query="assigneeId=none&sort=-created"
    none={dashboardTexts.noneUnassigned}
  />
);

const Recent = () => (
  <Tickets name="recent" query="state=all&sort=updated" none={dashboardTexts.noneRecent} />
);

/** How many tickets are in each open state. */
function States() {
  useFollowTickets();
  const states = useTicketStates().filter((s) => s.category === 'open');
  const keys = states.map((s) => s.key).join();
  const { data, error } = useQuery<number[]>(keys && `${PREFIX}states/${keys}`, (signal) =>
    Promise.all(
      states.map(async ({ key }) => {
        const query = { state: key, limit: 1 };
        return (await api.get<TicketPage>('/api/tickets', { signal, query })).total;
      }),
    ),
  );
  if (!data) return error ? <ErrorLine error={error} /> : <Bars rows={4} label={texts.loading} />;
  const most = Math.max(1, ...data);
  return (
    <ul className="widget-rows widget-counts">
      {states.map((s, i) => (
        <li key={s.key}>
          <Link to={`/tickets?state=${encodeURIComponent(s.key)}`}>
            <StateMark state={s.key} closed={false} />
            <span className="widget-title">{stateName(s)}</span>
            <span className="number">{countText(data[i] ?? 0)}</span>
            <span
              className="widget-bar"
              aria-hidden="true"
              style={{ width: `${((data[i] ?? 0) / most) * 100}%` }}
            />
          </Link>
        </li>
      ))}
    </ul>
  );
}

export const CORE: Readonly<Record<string, ComponentType>> = {
  mine: Mine,
  unassigned: Unassigned,
  states: States,
  recent: Recent,
};

export const coreWidgets = (): Widget[] => [
  { id: 'mine', title: dashboardTexts.mine, size: 'small', initial: true },
  { id: 'states', title: dashboardTexts.states, size: 'small', initial: true },
  { id: 'unassigned', title: dashboardTexts.unassigned, size: 'small', initial: true },
  { id: 'recent', title: dashboardTexts.recent, size: 'small', initial: false },
];
