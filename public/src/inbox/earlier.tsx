/** The messages that appeared in the corner, or would have but for quiet hours, since the page was opened. */
import { inboxTexts } from '../text/inbox';
import { useEarlierToasts } from '../toasts/store';
import { Icon } from '../ui/icons';
import { Empty } from '../ui/states';
import { Time } from '../ui/time';
import { Title } from './item';

export function Earlier() {
  const t = inboxTexts;
  const toasts = useEarlierToasts();
  if (toasts.length === 0)
    return <Empty icon="clock" title={t.earlierNone} text={t.earlierNoneText} />;
  return (
    <ol className="inbox" aria-label={t.tabs.earlier}>
      {toasts.map((item) => (
        <li key={item.id} className="inbox-item">
          <span className="inbox-icon" aria-hidden="true">
            {item.icon ?? <Icon name={item.symbol ?? 'info'} />}
          </span>
          <div className="inbox-text">
            <h2>
              <Title url={item.url} title={item.title} />
            </h2>
            {item.message && <p className="soft">{item.message}</p>}
          </div>
          <span className="inbox-facts soft">
            <Time iso={item.at.toISOString()} className="number" ago />
          </span>
        </li>
      ))}
    </ol>
  );
}
