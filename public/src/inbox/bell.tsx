/** The newest notifications, beside the entry of the rail that counts them. Opening it marks nothing as read. */
import Popover from '@mui/material/Popover';
import { useState } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Notification } from '../api/resources';
import type { Items } from '../api/types';
import { Link } from '../router/router';
import { texts } from '../text';
import { inboxTexts } from '../text/inbox';
import '../text/server';
import { notice } from '../toasts/notice';
import { Button } from '../ui/button';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { KEY, markOne, markRead, PATH, unreadText } from './data';
import { Title } from './item';
import { attempt } from './received';
import './bell.css';

const SHOWN = 7;
/** As styles/narrow.css: the rail is a bar at the bottom. */
const isPhone = () => matchMedia('(max-width: 700px)').matches;

function Item({ item, onFollow }: { item: Notification; onFollow: () => void }) {
  const follow = () => {
    onFollow();
    if (!item.read) void attempt(markOne(item, true));
  };
  return (
    <li className="bell-item" data-new={!item.read}>
      <span className="inbox-icon" aria-hidden="true">
        {item.icon}
      </span>
      <div className="inbox-text">
        <h3>
          {!item.read && <span className="visually-hidden">{inboxTexts.isNew}: </span>}
          <Title url={item.url} title={notice(item, 'title')} onFollow={follow} />
        </h3>
        <p className="soft">{notice(item, 'message')}</p>
      </div>
      <Time iso={item.sentAt} className="number soft" />
    </li>
  );
}

export default function Bell(props: { anchor: HTMLElement; unread: number; onClose: () => void }) {
  const t = inboxTexts;
  const { unread, onClose } = props;
  const [busy, setBusy] = useState(false);
  const { data, error, refresh } = useQuery<Items<Notification>>(`${KEY}/newest`, (signal) =>
    api.get(PATH, { query: { limit: SHOWN }, signal }),
  );
  const items = data?.items;
  const readAll = async () => {
    setBusy(true);
    await attempt(markRead(items![0]!, true));
    setBusy(false);
  };
  const phone = isPhone();
  return (
    <Popover
      open
      anchorEl={props.anchor}
      onClose={onClose}
      marginThreshold={8}
      anchorOrigin={{ vertical: 'top', horizontal: phone ? 'left' : 'right' }}
      transformOrigin={{ vertical: phone ? 'bottom' : 'top', horizontal: phone ? 'left' : -12 }}
      slotProps={{ paper: { className: 'bell', role: 'dialog', 'aria-label': t.newest } }}
    >
      <header className="bell-head">
        <p className="soft" role="status">
          {unread > 0 ? unreadText(unread) : t.noneUnread}
        </p>
        {items?.[0] && (
          // It stays when all are read, or the focus would be lost.
          <Button aria-busy={busy || undefined} onClick={() => void readAll()}>
            {t.readAll}
          </Button>
        )}
      </header>
      <div className="bell-list">
        {items && items.length > 0 ? (
          <ol aria-label={t.newest}>
            {items.map((n) => (
              <Item key={n.id} item={n} onFollow={onClose} />
            ))}
          </ol>
        ) : items ? (
          <Empty icon="bell" title={t.none} text={t.noneText} />
        ) : error ? (
          <ErrorState error={error} onRetry={refresh} />
        ) : (
          <Bars rows={SHOWN} label={texts.loading} />
        )}
      </div>
      <footer className="bell-foot">
        <Link to="/inbox" onClick={onClose}>
          {t.openInbox}
        </Link>
      </footer>
    </Popover>
  );
}
