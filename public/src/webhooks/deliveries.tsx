/** The log of a webhook: each delivery with its last try, what was sent and what was answered. */
import { useState } from 'react';
import { api, ApiError } from '../api/client';
import type { WebhookDelivery } from '../api/resources';
import { formatNumber, texts } from '../text';
import { webhookTexts } from '../text/webhooks';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';
import { Bars, Empty, ErrorLine, ErrorState } from '../ui/states';
import { deadline, Time } from '../ui/time';
import {
  DELIVERY_STATES,
  eventName,
  forgetWebhooks,
  MOST,
  PAGE,
  useDeliveries,
  type DeliveryState,
} from './data';

const ICONS = {
  waiting: 'clock',
  sending: 'refresh',
  paused: 'clock',
  delivered: 'check',
  failed: 'warning',
} as const;

/** Where the server's own words say more than ours. */
const DETAILED = new Set(['refused', 'connect', 'tls', 'broken']);

const pretty = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

/** Asks for it, and says what went wrong as a toast. */
export async function asking(failed: string, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast({ title: failed, message: error.message, tone: 'error' });
    return false;
  } finally {
    forgetWebhooks();
  }
}

function Delivery({ of: d, active }: { of: WebhookDelivery; active: boolean }) {
  const t = webhookTexts;
  const [busy, setBusy] = useState(false);
  const name = eventName(d.type);
  const facts = [
    t.deliveryStates[d.state],
    d.status !== null && t.answered({ status: d.status }),
    d.ms !== null && t.took({ ms: formatNumber(d.ms) }),
    d.attempts > 1 && t.attempts({ n: d.attempts }),
    d.state === 'waiting' && d.attempts > 0 && t.again({ time: deadline(d.dueAt) }),
  ];
  const retry = async () => {
    setBusy(true);
    await asking(t.retryFailed, () => api.post(`/api/webhook-deliveries/${d.id}/retry`));
    setBusy(false);
  };
  return (
    <li data-state={d.fault && d.state === 'waiting' ? 'again' : d.state}>
      <Icon name={d.fault ? 'warning' : ICONS[d.state]} size={14} />
      <div>
        <p>
          <strong>{name}</strong>{' '}
          <span className="soft number">{facts.filter(Boolean).join(' · ')}</span>
        </p>
        {d.fault && d.fault !== 'status' && (
          <p className="hook-fault">
            {nameIn(t.faults, d.fault)}
            {d.detail && DETAILED.has(d.fault) && <span className="soft"> ({d.detail})</span>}
          </p>
        )}
        <details>
          <summary>{t.details}</summary>
          <p className="soft number hook-id">{t.idOf({ id: d.id })}</p>
          <pre tabIndex={0} aria-label={t.details}>
            {pretty(d.body)}
          </pre>
          {d.answer && (
            <>
              <p className="soft">{t.answer}</p>
              <pre tabIndex={0} aria-label={t.answer}>
                {d.answer}
              </pre>
            </>
          )}
        </details>
      </div>
      <span className="spacer" />
      {(d.state === 'delivered' || d.state === 'failed') && active && (
        <Button aria-label={t.retryOf({ name })} loading={busy} onClick={() => void retry()}>
          {t.retry}
        </Button>
      )}
      <Time iso={d.at} className="soft number" />
    </li>
  );
}

export function Deliveries({ id, active }: { id: string; active: boolean }) {
  const t = webhookTexts;
  const [state, setState] = useState<DeliveryState | 'all'>('all');
  const [limit, setLimit] = useState(PAGE);
  const { data, error, refresh } = useDeliveries(id, state, limit);
  return (
    <section aria-labelledby="hook-log">
      <header className="hook-log-head">
        <h2 id="hook-log">{t.log}</h2>
        <Choice
          label={t.state}
          value={state}
          active={state !== 'all'}
          options={[
            { value: 'all', label: t.anyState },
            ...DELIVERY_STATES.map((value) => ({ value, label: t.deliveryStates[value] })),
          ]}
          onChange={(value) => setState(value as DeliveryState | 'all')}
        />
      </header>
      {!data ? (
        error ? (
          <ErrorState error={error} onRetry={refresh} />
        ) : (
          <Bars rows={6} label={texts.loading} />
        )
      ) : data.items.length === 0 ? (
        state === 'all' ? (
          <Empty icon="link" title={t.noLog} text={t.noLogText} />
        ) : (
          <Empty icon="search" title={t.noMatch} text={t.noMatchText} />
        )
      ) : (
        <>
          <ErrorLine error={error} />
          <ol className="hook-log">
            {data.items.map((d) => (
              <Delivery key={d.id} of={d} active={active} />
            ))}
          </ol>
          {data.items.length >= limit && limit < MOST && (
            <Button variant="outlined" onClick={() => setLimit(limit + PAGE)}>
              {t.more}
            </Button>
          )}
        </>
      )}
    </section>
  );
}
