/** One ticket: its fields and one stream of what happened; what plugins add are tabs beside it, with addresses of their own. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useEffect, useRef, useState } from 'react';
import type { TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { usePluginModals } from '../plugins/modals';
import { usePluginTabs } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { TabIcon } from '../plugins/tab-icon';
import { navigate, usePlace, withParams } from '../router/router';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { usePageTitle } from '../ui/page';
import { Attachments } from './attachment-list';
import { useComments } from './comments';
import { useTicket } from './data';
import { Details } from './details';
import { StateMark } from './marks';
import { SHOWN, Stream } from './stream';
import './window.css';

/** The ticket itself, before the tabs of plugins. */
const OWN_TAB = 'details';

function Actions({ ticketId }: { ticketId: string }) {
  const me = useMe();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => setAnchor(null);
  const modals = usePluginModals();
  const shared = { slotProps: { ticketId, technicianId: me.id, onMenuClose: close }, modals };
  const copy = async () => {
    close();
    const link = new URL(`/tickets/${ticketId}`, window.location.origin).href;
    try {
      await navigator.clipboard.writeText(link);
      toast({ title: texts.tickets.linkCopied, tone: 'success' });
    } catch {
      toast({ title: texts.tickets.linkNotCopied, message: link, tone: 'warning' });
    }
  };
  return (
    <>
      <PluginSlot id="ticket.actions" renderType="button" {...shared} />
      <IconButton
        size="small"
        aria-label={texts.tickets.actions}
        aria-haspopup="menu"
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close}>
        <MenuItem onClick={() => void copy()}>
          <Icon name="link" /> {texts.tickets.copyLink}
        </MenuItem>
        <PluginSlot id="ticket.actions" renderType="menuitem" {...shared} />
      </Menu>
      <PluginSlot id="ticket.actions" renderType="modal" {...shared} />
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
  const pluginTabs = usePluginTabs('ticket.tabs');
  const wanted = usePlace().query.get('tab') ?? OWN_TAB;
  const tab = pluginTabs.some((t) => t.id === wanted) ? wanted : OWN_TAB;
  const shown = SHOWN.find((s) => s === wanted) ?? 'details';
  const heading = useRef<HTMLHeadingElement>(null);
  // Where there is no room for the list beside it, its heading is not there either.
  const alone = useMediaQuery('(max-width: 1000px)', { noSsr: true });
  const ready = ticket !== undefined;
  usePageTitle(ticket ? `#${ticket.number} ${ticket.title}` : texts.tickets.ticket);
  useEffect(() => {
    if (ready) heading.current?.focus({ preventScroll: true });
  }, [ready]);

  const closed = states.find((s) => s.key === ticket?.state)?.category === 'closed';
  // Where the list is not there, the ticket is the page.
  const Title = alone ? 'h1' : 'h2';
  const below = alone ? 'h2' : 'h3';
  return (
    <section className="window" aria-labelledby="window-title">
      <header className="window-head">
        <IconButton
          size="small"
          className="window-back"
          onClick={props.onClose}
          aria-label={texts.back}
        >
          <Icon name="left" />
        </IconButton>
        <Title id="window-title" ref={heading} tabIndex={-1} title={ticket?.title}>
          {ticket && <StateMark state={ticket.state} closed={closed} />}
          <span className="number">{ticket ? `#${ticket.number}` : texts.tickets.ticket}</span>
          {ticket && <span className="window-title">{ticket.title}</span>}
        </Title>
        {ticket && <Actions ticketId={id} />}
        <IconButton
          size="small"
          className="window-close"
          onClick={props.onClose}
          aria-label={texts.tickets.closeWindow}
          title={texts.keys.named({ page: texts.tickets.closeWindow, key: 'Esc' })}
        >
          <Icon name="close" />
        </IconButton>
      </header>
      {error && !ticket ? (
        error.status === 404 || error.status === 400 ? (
          <Empty icon="tickets" title={texts.tickets.gone} text={texts.tickets.goneText} />
        ) : (
          <ErrorState error={error} onRetry={refresh} />
        )
      ) : !ticket ? (
        <Bars rows={7} label={texts.loading} />
      ) : (
        <>
          {pluginTabs.length > 0 && (
            <Tabs
              value={tab}
              onChange={(_, next: string) =>
                navigate(withParams({ tab: next === OWN_TAB ? null : next }), { replace: true })
              }
              variant="scrollable"
              scrollButtons={false}
              className="window-tabs"
              aria-label={texts.tickets.tabs}
            >
              <Tab
                value={OWN_TAB}
                id={`tab-${OWN_TAB}`}
                aria-controls={`panel-${OWN_TAB}`}
                label={texts.tickets.tabNames.details}
              />
              {pluginTabs.map((t) => (
                <Tab
                  key={t.id}
                  value={t.id}
                  id={`tab-${t.id}`}
                  aria-controls={`panel-${t.id}`}
                  label={
                    <span>
                      <TabIcon icon={t.icon} />
                      {t.label}
                    </span>
                  }
                />
              ))}
            </Tabs>
          )}
          <div
            className="window-body"
            {...(pluginTabs.length > 0
              ? { role: 'tabpanel', id: `panel-${tab}`, 'aria-labelledby': `tab-${tab}` }
              : { role: 'region', 'aria-labelledby': 'window-title', tabIndex: 0 })}
          >
            {tab === OWN_TAB && (
              <>
                <Details heading={below} ticket={ticket} states={states} users={props.users} />
                <Attachments heading={below} ticket={ticket} />
                <Stream
                  heading={below}
                  ticket={ticket}
                  shown={shown}
                  comments={comments}
                  states={states}
                  users={props.users}
                />
              </>
            )}
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
