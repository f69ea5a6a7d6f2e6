/** The list, and beside it the window of the ticket that the address names. */
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { may, useMe } from '../auth/session';
import { navigate, usePlace, withParams } from '../router/router';
import { Button } from '../ui/button';
import { useKey } from '../ui/keys';
import { lazyThemed } from '../ui/lazy';
import { Page } from '../ui/page';
import { formatNumber, texts } from '../text';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { COUNT_MAX, useCustomFields, useTicketList, useTicketStates, useUsers } from './data';
import { filtersOf, isFiltered } from './filters';
import { ticketPath, type ListHandle } from './rows';
import { useSelection } from './selection';
import { ListSkeleton, TicketList } from './ticket-list';
import { setTicketIds, useColumns } from './columns';
import { clearFilters, Toolbar } from './toolbar';
import { useWhenIdle } from '../ui/idle';
import { Views } from './views';

const ticketWindow = () => import('./ticket-window');
const createTicket = () => import('./create');
const TicketWindow = lazyThemed(ticketWindow);
const CreateTicket = lazyThemed(createTicket);
const bulkBar = () => import('./bulk-bar');
const BulkBar = lazy(bulkBar);

/** j and k (and the arrows): through the rows, or from one open ticket to the next; Home and End. */
function useRowKeys(
  ids: readonly string[],
  openId: string | null,
  list: RefObject<ListHandle | null>,
): void {
  const go = (id: string | undefined) => {
    if (!id) return;
    if (openId) {
      navigate(ticketPath(id), { replace: true });
      list.current?.show(id);
    } else list.current?.focus(id);
  };
  const step = (by: number) => {
    const at = openId ?? (document.activeElement as HTMLElement | null)?.dataset.ticket ?? null;
    const index = at === null ? -1 : ids.indexOf(at);
    go(ids[index < 0 ? (by > 0 ? 0 : ids.length - 1) : index + by]);
  };
  useKey('j', () => step(1));
  useKey('k', () => step(-1));
  useKey('ArrowDown', () => step(1), openId === null);
  useKey('ArrowUp', () => step(-1), openId === null);
  useKey('Home', () => go(ids[0]), openId === null);
  useKey('End', () => go(ids.at(-1)), openId === null);
}

const countOf = (n: number): string =>
  n > COUNT_MAX ? texts.tickets.countMore({ n: COUNT_MAX }) : formatNumber(n);

export function TicketsPage() {
  const me = useMe();
  const { path, query } = usePlace();
  const openId = path.startsWith('/tickets/') ? decodeURIComponent(path.slice(9)) : null;
  const filters = filtersOf(query);
  const list = useTicketList(filters);
  const states = useTicketStates();
  const users = useUsers();
  const fields = useCustomFields();
  const columns = useColumns(fields);
  const [creating, setCreating] = useState(false);
  const mayWrite = may(me, 'tickets:write:own');
  const rows = useRef<ListHandle>(null);
  const ids = useMemo(() => list.items.map((t) => t.id), [list.items]);
  useEffect(() => setTicketIds(ids), [ids]);
  const selection = useSelection(ids);
  const selected = list.items.filter((t) => selection.ids.has(t.id));

  const close = () => {
    const id = openId;
    navigate(withParams({ tab: null }, '/tickets'));
    // The focus goes back to where the window was opened from.
    if (id) requestAnimationFrame(() => rows.current?.focus(id));
  };
  useWhenIdle(ticketWindow, createTicket, bulkBar);
  useKey('c', () => setCreating(true), mayWrite);
  useKey('Escape', close, openId !== null);
  useRowKeys(ids, openId, rows);
  const select = (range: boolean) => {
    const id = (document.activeElement as HTMLElement | null)?.dataset.ticket;
    if (id) selection.toggle(id, range);
  };
  useKey('x', () => select(false), mayWrite && openId === null);
  useKey('X', () => select(true), mayWrite && openId === null);
  useKey('Escape', () => selection.set([]), openId === null && selected.length > 0);
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
      title={texts.keys.named({ page: texts.tickets.create, key: 'c' })}
    >
      {texts.tickets.create}
    </Button>
  );
  return (
    <div className="tickets" data-open={openId !== null}>
      <div className="tickets-list">
        <Page
          title={texts.tickets.title}
          note={list.loading ? undefined : <span className="number">{countOf(list.total)}</span>}
          actions={create}
          tools={
            <>
              <Views />
              <Toolbar filters={filters} states={states} users={users} fields={fields} />
            </>
          }
        >
          {list.error && list.items.length === 0 ? (
            <ErrorState error={list.error} onRetry={list.refresh} />
          ) : list.loading ? (
            <ListSkeleton />
          ) : list.items.length === 0 ? (
            isFiltered(filters) ? (
              <Empty icon="filter" title={texts.tickets.noMatch} text={texts.tickets.noMatchText}>
                <Button variant="outlined" onClick={clearFilters}>
                  {texts.tickets.clear}
                </Button>
              </Empty>
            ) : (
              <Empty icon="tickets" title={texts.tickets.none} text={texts.tickets.noneText}>
                {create}
              </Empty>
            )
          ) : (
            <>
              {list.corrected !== null && (
                <p className="list-corrected" role="status">
                  {texts.tickets.corrected({ words: list.corrected })}
                </p>
              )}
              <TicketList
                ref={rows}
                list={list}
                filters={filters}
                states={states}
                columns={columns}
                openId={openId}
                selection={mayWrite ? selection : undefined}
              />
            </>
          )}
        </Page>
        {selected.length > 0 && (
          <Suspense fallback={null}>
            <BulkBar
              tickets={selected}
              states={states}
              users={users}
              onDone={selection.set}
              onChanged={list.changed}
            />
          </Suspense>
        )}
      </div>
      {openId && (
        <Suspense
          fallback={
            <section className="window">
              <Bars rows={7} label={texts.loading} />
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
