/** Notifications: what came to one, also while one was away; what one sent; and what this page has said so far. */
import Button from '@mui/material/Button';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useQuery } from '../api/query';
import { api } from '../api/client';
import { may, useMe } from '../auth/session';
import { navigate, usePlace } from '../router/router';
import { inboxTexts } from '../text/inbox';
import { Page } from '../ui/page';
import { askedBy, markRead, useInbox } from './data';
import { Earlier } from './earlier';
import { attempt, Received, Tools, useSeen } from './received';
import { Sent } from './sent';
import './inbox.css';

const TABS = ['received', 'sent', 'earlier'] as const;

export default function InboxPage() {
  const t = inboxTexts;
  const me = useMe();
  const { query } = usePlace();
  const tabs = TABS.filter((x) => x !== 'sent' || may(me, 'notifications:send'));
  const tab = tabs.find((x) => x === query.get('tab')) ?? 'received';
  const asked = askedBy(query);
  const list = useInbox(asked);
  const items = list.items ?? [];
  const seen = useSeen(items, tab !== 'received' || asked.show !== '');
  const count = items.filter((n) => !n.read || seen.has(n.id)).length;
  const { data } = useQuery<{ notificationDays: number }>('company', (signal) =>
    api.get('/api/company', { signal }),
  );
  return (
    <Page
      title={t.title}
      note={count > 0 ? t.newOnes({ n: count }) : undefined}
      actions={
        tab === 'received' &&
        items[0] && (
          <Button variant="outlined" onClick={() => void attempt(markRead(items[0]!, true))}>
            {t.readAll}
          </Button>
        )
      }
      tools={tab === 'received' ? <Tools asked={asked} /> : undefined}
      still
    >
      <Tabs
        className="inbox-tabs"
        value={tab}
        variant="scrollable"
        aria-label={t.tabs.label}
        onChange={(_, next: string) =>
          navigate(next === 'received' ? '/inbox' : `/inbox?tab=${next}`)
        }
      >
        {tabs.map((x) => (
          <Tab
            key={x}
            value={x}
            label={t.tabs[x]}
            id={`tab-${x}`}
            aria-controls={tab === x ? 'panel-inbox' : undefined}
          />
        ))}
      </Tabs>
      <div role="tabpanel" id="panel-inbox" aria-labelledby={`tab-${tab}`}>
        {tab === 'received' && <Received asked={asked} list={list} seen={seen} />}
        {tab === 'sent' && <Sent />}
        {tab === 'earlier' && <Earlier />}
        {tab !== 'earlier' && data && (
          <p className="inbox-more soft">{t.kept({ n: data.notificationDays })}</p>
        )}
      </div>
    </Page>
  );
}
