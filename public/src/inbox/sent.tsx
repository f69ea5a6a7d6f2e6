/** What one sent, and who has seen it. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import type { SentNotification } from '../api/resources';
import { texts } from '../text';
import { inboxTexts } from '../text/inbox';
import { roleName } from '../ui/names';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { useSeenBy, useSent } from './data';

const target = ({ kind, toUserName, role }: SentNotification): string =>
  kind === 'user' || kind === 'role'
    ? inboxTexts.to[kind]({ name: kind === 'user' ? (toUserName ?? '?') : roleName(role ?? '?') })
    : inboxTexts.to[kind];

function People({ id }: { id: string }) {
  const t = inboxTexts;
  const { data, error, refresh } = useSeenBy(id);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  if (data.hidden) return <p className="soft">{t.hidden}</p>;
  return (
    <ul className="inbox-people">
      {data.items.map((p) => (
        <li key={p.userId} data-seen={p.seen}>
          <span>{p.name}</span> <span className="soft">{p.seen ? t.hasSeen : t.notSeen}</span>
        </li>
      ))}
    </ul>
  );
}

function SentItem({ item }: { item: SentNotification }) {
  const t = inboxTexts;
  const [open, setOpen] = useState(false);
  return (
    <li className="inbox-item">
      <span className="inbox-icon" aria-hidden="true">
        {item.icon}
      </span>
      <div className="inbox-text">
        <h2>{item.title}</h2>
        <p className="soft">{item.message}</p>
        <p className="inbox-receipt">
          {t.seen({ n: item.recipients, seen: item.seen })}{' '}
          <Button
            size="small"
            aria-expanded={open}
            aria-label={t.of({ action: t.who, title: item.title })}
            onClick={() => setOpen(!open)}
          >
            {t.who}
          </Button>
        </p>
        {open && <People id={item.id} />}
      </div>
      <span className="inbox-facts soft">
        <span>{target(item)}</span>
        <Time iso={item.sentAt} className="number" ago />
      </span>
    </li>
  );
}

export function Sent() {
  const t = inboxTexts;
  const { items, error, hasMore, loadingMore, loadMore, refresh } = useSent();
  if (error && !items) return <ErrorState error={error} onRetry={refresh} />;
  if (!items) return <Bars rows={6} label={texts.loading} />;
  if (items.length === 0) return <Empty icon="send" title={t.sentNone} text={t.sentNoneText} />;
  return (
    <>
      <ol className="inbox" aria-label={t.tabs.sent}>
        {items.map((n) => (
          <SentItem key={n.id} item={n} />
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
