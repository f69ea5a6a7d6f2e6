/** What came to one. Opening the list marks what it shows as read, but for what one keeps as unread. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useEffect, useRef, useState } from 'react';
import { ApiError, api } from '../api/client';
import { useQuery } from '../api/query';
import type { Notification } from '../api/resources';
import type { Items, User } from '../api/types';
import { May } from '../auth/may';
import { navigate, withParams } from '../router/router';
import { texts } from '../text';
import { inboxTexts } from '../text/inbox';
import '../text/server';
import { notice } from '../toasts/notice';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import {
  isFiltered,
  markOne,
  markRead,
  PERIODS,
  PRIORITIES,
  remove,
  TOPICS,
  type Asked,
  type useInbox,
} from './data';
import { Title } from './item';

const set = (name: keyof Asked) => (value: string) =>
  navigate(withParams({ [name]: value }), { replace: true });

function SenderChoice({ value }: { value: string }) {
  const { data } = useQuery<Items<User>>('users', (signal) => api.get('/api/users', { signal }));
  return (
    <Choice
      label={inboxTexts.sender}
      value={value}
      active={value !== ''}
      options={[
        { value: '', label: inboxTexts.anybody },
        ...(data?.items ?? []).map((u) => ({ value: u.id, label: u.name })),
      ]}
      onChange={set('from')}
    />
  );
}

export function Tools({ asked }: { asked: Asked }) {
  const t = inboxTexts;
  return (
    <>
      <SearchField label={t.search} value={asked.q} maxLength={200} onChange={set('q')} />
      <div className="inbox-filters">
        <Choice
          label={t.show}
          value={asked.show}
          active={asked.show !== ''}
          options={[
            { value: '', label: t.all },
            { value: 'unread', label: t.unreadOnly },
          ]}
          onChange={set('show')}
        />
        <Choice
          label={t.topic}
          value={asked.topic}
          active={asked.topic !== ''}
          options={[
            { value: '', label: t.anything },
            ...TOPICS.map((value) => ({ value, label: t.topics[value] })),
          ]}
          onChange={set('topic')}
        />
        <Choice
          label={t.priority}
          value={asked.priority}
          active={asked.priority !== ''}
          options={[
            { value: '', label: t.anyPriority },
            ...PRIORITIES.map((value) => ({ value, label: texts.priority[value] })),
          ]}
          onChange={set('priority')}
        />
        <May permission="users:read">
          <SenderChoice value={asked.from} />
        </May>
        <Choice
          label={t.period}
          value={asked.period}
          active={asked.period !== 'all'}
          options={PERIODS.map((value) => ({ value, label: t.periods[value] }))}
          onChange={(value) => set('period')(value === 'all' ? '' : value)}
        />
      </div>
    </>
  );
}

/** Says so when it fails. */
export async function attempt(action: Promise<void>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast({ title: inboxTexts.failed, message: error.message, tone: 'error' });
  }
}

function Actions({ item, title }: { item: Notification; title: string }) {
  const t = inboxTexts;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const act = (label: string, run: () => Promise<void>) => (
    <MenuItem
      onClick={() => {
        setAnchor(null);
        void attempt(run());
      }}
    >
      {label}
    </MenuItem>
  );
  return (
    <>
      <IconButton
        size="small"
        className="inbox-actions"
        aria-label={t.action({ title })}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {item.read
          ? act(t.markUnread, () => markOne(item, false))
          : act(t.markRead, () => markOne(item, true))}
        {act(t.remove, () => remove(item))}
      </Menu>
    </>
  );
}

function Item({ item, isNew }: { item: Notification; isNew: boolean }) {
  const t = inboxTexts;
  const title = notice(item, 'title');
  return (
    <li className="inbox-item" data-new={isNew} data-priority={item.priority}>
      <span className="inbox-icon" aria-hidden="true">
        {item.icon}
      </span>
      <div className="inbox-text">
        <h2>
          {isNew && <span className="visually-hidden">{t.isNew}: </span>}
          <Title url={item.url} title={title} />
        </h2>
        <p className="soft">{notice(item, 'message')}</p>
      </div>
      <span className="inbox-facts soft">
        {item.priority === 'high' && <span className="inbox-high">{t.high}</span>}
        {item.fromUserName && (
          <span title={item.fromUserName}>{t.from({ name: item.fromUserName })}</span>
        )}
        <Time iso={item.sentAt} className="number" ago />
      </span>
      <Actions item={item} title={title} />
    </li>
  );
}

/** New ones stay marked until the page is left, although they count as read from now on. */
export function useSeen(items: readonly Notification[], off: boolean): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const sent = useRef('');
  const unread = items.filter((n) => !n.read);
  const newest = unread[0];
  useEffect(() => {
    if (off || !newest || newest.sentAt <= sent.current) return;
    const read = () => {
      if (document.visibilityState !== 'visible' || newest.sentAt <= sent.current) return;
      sent.current = newest.sentAt;
      setSeen((old) => new Set([...old, ...unread.map((n) => n.id)]));
      // They stay unread where it fails, and are marked the next time.
      markRead(newest).catch(() => (sent.current = ''));
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  });
  return seen;
}

export function Received(props: {
  asked: Asked;
  list: ReturnType<typeof useInbox>;
  seen: ReadonlySet<string>;
}) {
  const t = inboxTexts;
  const { items, error, hasMore, loadingMore, loadMore, refresh } = props.list;
  const filtered = isFiltered(props.asked);
  if (error && !items) return <ErrorState error={error} onRetry={refresh} />;
  if (!items) return <Bars rows={8} label={texts.loading} />;
  if (items.length === 0 && filtered)
    return (
      <Empty icon="search" title={t.noMatch} text={t.noMatchText}>
        <Button variant="outlined" onClick={() => navigate('/inbox')}>
          {t.reset}
        </Button>
      </Empty>
    );
  if (items.length === 0) return <Empty icon="bell" title={t.none} text={t.noneText} />;
  return (
    <>
      <ol className="inbox" aria-label={t.title}>
        {items.map((n) => (
          <Item key={n.id} item={n} isNew={!n.read || props.seen.has(n.id)} />
        ))}
      </ol>
      {hasMore && (
        <p className="inbox-more">
          <Button onClick={loadMore} loading={loadingMore}>
            {t.more}
          </Button>
        </p>
      )}
    </>
  );
}
