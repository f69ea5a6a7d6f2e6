/** The list, and beside it the window of the ticket that the address names. */
import { Suspense, useEffect, useState } from 'react';
import { may, useMe } from '../auth/session';
import { navigate, usePlace, withParams } from '../router/router';
import { Button } from '../ui/button';
import { useKey } from '../ui/keys';
import { lazyThemed } from '../ui/lazy';
import { Page } from '../ui/page';
import { formatNumber, T } from '../text';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { useTicketList, useTicketStates, useUsers } from './data';
import { filtersOf, isFiltered } from './filters';
import { ListSkeleton, TicketList, ticketPath } from './ticket-list';
import { clearFilters, Toolbar } from './toolbar';
import { useWhenIdle } from '../ui/idle';

const ticketWindow = () => import('./ticket-window');
const createTicket = () => import('./create');
const TicketWindow = lazyThemed(ticketWindow);
const CreateTicket = lazyThemed(createTicket);

const rowLink = (id: string) =>
  document.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(id)}"]`);

/** j and k (and the arrows): through the rows, or from one open ticket to the next. */
function useRowKeys(ids: readonly string[], openId: string | null): void {
  const step = (by: number) => {
    const at = openId ?? (document.activeElement as HTMLElement | null)?.dataset.ticket ?? null;
    const index = at === null ? -1 : ids.indexOf(at);
    const next = ids[index < 0 ? (by > 0 ? 0 : ids.length - 1) : index + by];
    if (!next) return;
    if (openId) navigate(ticketPath(next), { replace: true });
    const link = rowLink(next);
    if (!openId) link?.focus();
    link?.scrollIntoView({ block: 'nearest' });
  };
  useKey('j', () => step(1));
  useKey('k', () => step(-1));
  useKey('ArrowDown', () => step(1), openId === null);
  useKey('ArrowUp', () => step(-1), openId === null);
}

/** The server counts to a thousand; more is "more". */
const COUNT_MAX = 1000;
const countOf = (n: number): string =>
  n > COUNT_MAX ? T.tickets.countMore({ n: COUNT_MAX }) : formatNumber(n);

export function TicketsPage() {
  const me = useMe();
  const { path, query } = usePlace();
  const openId = path.startsWith('/tickets/') ? decodeURIComponent(path.slice(9)) : null;
  const filters = filtersOf(query);
  const list = useTicketList(filters);
  const states = useTicketStates();
  const users = useUsers();
  const [creating, setCreating] = useState(false);
  const mayWrite = may(me, 'tickets:write');

  const close = () => {
    const id = openId;
    navigate(withParams({ tab: null }, '/tickets'));
    // The focus goes back to where the window was opened from.
    if (id) requestAnimationFrame(() => rowLink(id)?.focus());
  };
  useWhenIdle(ticketWindow, createTicket);
  useKey('c', () => setCreating(true), mayWrite);
  useKey('Escape', close, openId !== null);
  useRowKeys(
    list.items.map((t) => t.id),
    openId,
  );
  // A link to one ticket on a phone shows that ticket; the list behind it keeps its place.
  useEffect(() => {
    document.body.toggleAttribute('data-ticket-open', openId !== null);
    return () => document.body.removeAttribute('data-ticket-open');
  }, [openId]);

  const create = mayWrite && (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={14} />}
      onClick={() => setCreating(true)}
      title={T.keys.named({ page: T.tickets.create, key: 'c' })}
    >
      {T.tickets.create}
    </Button>
  );
  return (
    <div className="tickets" data-open={openId !== null}>
      <div className="tickets-list">
        <Page
          title={T.tickets.title}
          note={list.loading ? undefined : <span className="number">{countOf(list.total)}</span>}
          actions={create}
          tools={<Toolbar filters={filters} states={states} users={users} />}
        >
          {list.error && list.items.length === 0 ? (
            <ErrorState error={list.error} onRetry={list.refresh} />
          ) : list.loading ? (
            <ListSkeleton />
          ) : list.items.length === 0 ? (
            isFiltered(filters) ? (
              <Empty icon="filter" title={T.tickets.noMatch} text={T.tickets.noMatchText}>
                <Button variant="outlined" onClick={clearFilters}>
                  {T.tickets.clear}
                </Button>
              </Empty>
            ) : (
              <Empty icon="tickets" title={T.tickets.none} text={T.tickets.noneText}>
                {create}
              </Empty>
            )
          ) : (
            <>
              {list.corrected !== null && (
                <p className="list-corrected" role="status">
                  {T.tickets.corrected({ words: list.corrected })}
                </p>
              )}
              <TicketList list={list} states={states} openId={openId} />
            </>
          )}
        </Page>
      </div>
      {openId && (
        <Suspense
          fallback={
            <section className="window">
              <Bars rows={7} label={T.loading} />
            </section>
          }
        >
          <TicketWindow key={openId} id={openId} states={states} users={users} onClose={close} />
        </Suspense>
      )}
      {creating && (
        <Suspense fallback={null}>
          <CreateTicket states={states} users={users} onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </div>
  );
}
