/** One ticket: details, comments, history and what plugins add, each a tab with its own address. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useEffect, useRef, useState } from 'react';
import type { TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { useSlot } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { navigate, usePlace, withParams } from '../router/router';
import { T } from '../text';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { usePageTitle } from '../ui/page';
import { Comments } from './comments';
import { useComments, useTicket } from './data';
import { Details } from './details';
import { History } from './history';
import { StateMark } from './marks';
import './window.css';

const OWN_TABS = ['details', 'comments', 'history'] as const;

function Actions({ ticketId }: { ticketId: string }) {
  const me = useMe();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => setAnchor(null);
  const slotProps = { ticketId, technicianId: me.id, onMenuClose: close };
  const copy = async () => {
    close();
    const link = new URL(`/tickets/${ticketId}`, window.location.origin).href;
    try {
      await navigator.clipboard.writeText(link);
      toast({ title: T.tickets.linkCopied, tone: 'success' });
    } catch {
      toast({ title: T.tickets.linkNotCopied, message: link, tone: 'warning' });
    }
  };
  return (
    <>
      <PluginSlot id="ticket.actions" renderType="button" slotProps={slotProps} />
      <IconButton
        size="small"
        aria-label={T.tickets.actions}
        aria-haspopup="menu"
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close}>
        <MenuItem onClick={() => void copy()}>
          <Icon name="link" /> {T.tickets.copyLink}
        </MenuItem>
        <PluginSlot id="ticket.actions" renderType="menuitem" slotProps={slotProps} />
      </Menu>
      <PluginSlot id="ticket.actions" renderType="modal" slotProps={slotProps} />
    </>
  );
}

export default function TicketWindow(props: {
  id: string;
  states: readonly TicketState[];
  users: readonly User[];
  onClose: () => void;
}) {
  const { id, states } = props;
  const me = useMe();
  const { data: ticket, error, refresh } = useTicket(id);
  const comments = useComments(id);
  const pluginTabs = useSlot('ticket.tabs', 'tab');
  const wanted = usePlace().query.get('tab') ?? 'details';
  const known = OWN_TABS.some((t) => t === wanted) || pluginTabs.some((t) => t.id === wanted);
  const tab = known ? wanted : 'details';
  const heading = useRef<HTMLHeadingElement>(null);
  // Where there is no room for the list beside it, its heading is not there either.
  const alone = useMediaQuery('(max-width: 1000px)', { noSsr: true });
  const ready = ticket !== undefined;
  usePageTitle(ticket ? `#${ticket.number} ${ticket.title}` : T.tickets.ticket);
  useEffect(() => {
    if (ready) heading.current?.focus({ preventScroll: true });
  }, [ready]);

  const closed = states.find((s) => s.key === ticket?.state)?.category === 'closed';
  const commentCount = comments.data?.items.length;
  return (
    <section className="window" aria-labelledby="window-title">
      {alone && <h1 className="visually-hidden">{T.tickets.title}</h1>}
      <header className="window-head">
        <IconButton
          size="small"
          className="window-back"
          onClick={props.onClose}
          aria-label={T.back}
        >
          <Icon name="left" />
        </IconButton>
        <h2 id="window-title" ref={heading} tabIndex={-1} title={ticket?.title}>
          {ticket && <StateMark state={ticket.state} closed={closed} />}
          <span className="number">{ticket ? `#${ticket.number}` : T.tickets.ticket}</span>
          {ticket && <span className="window-title">{ticket.title}</span>}
        </h2>
        {ticket && <Actions ticketId={id} />}
        <IconButton
          size="small"
          className="window-close"
          onClick={props.onClose}
          aria-label={T.tickets.closeWindow}
          title={T.keys.named({ page: T.tickets.closeWindow, key: 'Esc' })}
        >
          <Icon name="close" />
        </IconButton>
      </header>
      {error && !ticket ? (
        error.status === 404 || error.status === 400 ? (
          <Empty icon="tickets" title={T.tickets.gone} text={T.tickets.goneText} />
        ) : (
          <ErrorState error={error} onRetry={refresh} />
        )
      ) : !ticket ? (
        <Bars rows={7} label={T.loading} />
      ) : (
        <>
          <Tabs
            value={tab}
            onChange={(_, next: string) =>
              navigate(withParams({ tab: next === 'details' ? null : next }), { replace: true })
            }
            variant="scrollable"
            scrollButtons={false}
            className="window-tabs"
            aria-label={T.tickets.tabs}
          >
            {OWN_TABS.map((t) => (
              <Tab
                key={t}
                value={t}
                id={`tab-${t}`}
                aria-controls={`panel-${t}`}
                label={
                  <span>
                    {T.tickets.tabNames[t]}
                    {t === 'comments' && Boolean(commentCount) && (
                      <span className="tab-count number">{commentCount}</span>
                    )}
                  </span>
                }
              />
            ))}
            {pluginTabs.map((t) => (
              <Tab
                key={t.id}
                value={t.id}
                id={`tab-${t.id}`}
                aria-controls={`panel-${t.id}`}
                data-plugin={t.pluginKey}
                label={
                  <span>
                    {typeof t.props.icon === 'string' && [...t.props.icon].length <= 2 && (
                      <span className="tab-icon" aria-hidden="true">
                        {t.props.icon}
                      </span>
                    )}
                    {String(t.props.label ?? t.pluginName)}
                  </span>
                }
              />
            ))}
          </Tabs>
          <div
            className="window-body"
            role="tabpanel"
            id={`panel-${tab}`}
            aria-labelledby={`tab-${tab}`}
          >
            {tab === 'details' && <Details ticket={ticket} states={states} users={props.users} />}
            {tab === 'comments' && <Comments ticketId={id} query={comments} />}
            {tab === 'history' && <History ticketId={id} states={states} users={props.users} />}
            {pluginTabs.some((t) => t.id === tab) && (
              <PluginSlot
                id="ticket.tabs"
                renderType="tab"
                activeTab={tab}
                slotProps={{ ticketId: id, technicianId: me.id }}
              />
            )}
          </div>
        </>
      )}
    </section>
  );
}
