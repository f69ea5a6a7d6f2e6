/** What came to one, also while one was away. Opening the page marks what it shows as read. */
import Button from '@mui/material/Button';
import { useEffect, useRef, useState } from 'react';
import type { Notification } from '../api/resources';
import { Link } from '../router/router';
import { texts } from '../text';
import '../text/server';
import { targetOf } from '../toasts/follow';
import { notice } from '../toasts/notice';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { markRead, useInbox } from './data';
import './inbox.css';

function Title({ item }: { item: Notification }) {
  const target = targetOf(item.url);
  const title = notice(item, 'title');
  if (target?.kind === 'page') return <Link to={target.path}>{title}</Link>;
  if (target?.kind === 'site')
    return (
      <a href={target.href} target="_blank" rel="noopener noreferrer">
        {title} <Icon name="external" size={12} />
      </a>
    );
  return <>{title}</>;
}

function Item({ item, isNew }: { item: Notification; isNew: boolean }) {
  return (
    <li className="inbox-item" data-new={isNew} data-priority={item.priority}>
      <span className="inbox-icon" aria-hidden="true">
        {item.icon}
      </span>
      <div className="inbox-text">
        <h2>
          {isNew && <span className="visually-hidden">{texts.inbox.isNew}: </span>}
          <Title item={item} />
        </h2>
        <p className="soft">{notice(item, 'message')}</p>
      </div>
      <span className="inbox-facts soft">
        {item.priority === 'high' && <span className="inbox-high">{texts.inbox.high}</span>}
        {item.fromUserName && (
          <span title={item.fromUserName}>{texts.inbox.from({ name: item.fromUserName })}</span>
        )}
        <Time iso={item.sentAt} className="number" ago />
      </span>
    </li>
  );
}

/** New ones stay marked until the page is left, although they count as read from now on. */
function useSeen(items: readonly Notification[]): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const sent = useRef('');
  const unread = items.filter((n) => !n.read);
  const newest = unread[0];
  useEffect(() => {
    if (!newest || newest.sentAt <= sent.current) return;
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

export default function InboxPage() {
  const { items, loading, error, hasMore, loadingMore, loadMore, refresh } = useInbox();
  const seen = useSeen(items);
  const isNew = (n: Notification) => !n.read || seen.has(n.id);
  const count = items.filter(isNew).length;
  return (
    <Page
      title={texts.inbox.title}
      note={count > 0 ? texts.inbox.newOnes({ n: count }) : undefined}
      still
    >
      {error && loading ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : loading ? (
        <Bars rows={8} label={texts.loading} />
      ) : items.length === 0 ? (
        <Empty icon="bell" title={texts.inbox.none} text={texts.inbox.noneText} />
      ) : (
        <>
          <ol className="inbox" aria-label={texts.inbox.title}>
            {items.map((n) => (
              <Item key={n.id} item={n} isNew={isNew(n)} />
            ))}
          </ol>
          {hasMore && (
            <p className="inbox-more">
              <Button onClick={loadMore} loading={loadingMore}>
                {texts.inbox.more}
              </Button>
            </p>
          )}
        </>
      )}
    </Page>
  );
}
