/** Settings -> Webhooks: servers that the company's events are sent to; ?id= shows one with its log. */
import { Suspense, useState } from 'react';
import { api } from '../api/client';
import type { Webhook } from '../api/resources';
import { Link, navigate, usePlace } from '../router/router';
import { texts } from '../text';
import { webhookTexts } from '../text/webhooks';
import { toast } from '../toasts/store';
import { Back } from '../ui/back';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { deadline, Time } from '../ui/time';
import type { Act } from './ask';
import {
  ALL_EVENTS,
  eventName,
  PATH,
  stateOf,
  useWebhook,
  useWebhooks,
  type HookState,
} from './data';
import { asking, Deliveries } from './deliveries';
import './webhooks.css';

const WebhookDialog = lazyThemed(() => import('./dialog'));
const AskDialog = lazyThemed(() => import('./ask'));

const HERE = '/settings/webhooks';
const MARKS = { on: 'check', off: 'close', failing: 'warning', stopped: 'warning' } as const;

function State({ of }: { of: HookState }) {
  return (
    <span className="hook-state" data-state={of}>
      <Icon name={MARKS[of]} size={14} />
      {webhookTexts.states[of]}
    </span>
  );
}

const eventsOf = (hook: Webhook): string =>
  hook.events.includes(ALL_EVENTS) ? webhookTexts.all : hook.events.map(eventName).join(', ');

function Delivered({ hook }: { hook: Webhook }) {
  const t = webhookTexts;
  return hook.deliveredAt ? (
    <>
      {t.delivered} <Time iso={hook.deliveredAt} ago />
    </>
  ) : (
    <>{t.never}</>
  );
}

function List() {
  const t = webhookTexts;
  const [adds, setAdds] = useState(false);
  const { data, error, refresh } = useWebhooks();
  const add = (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={14} />}
      onClick={() => setAdds(true)}
    >
      {t.add}
    </Button>
  );
  return (
    <Page title={t.title} actions={add}>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={4} label={texts.loading} />
      ) : data.items.length === 0 ? (
        <Empty icon="link" title={t.none} text={t.noneText} />
      ) : (
        <ul className="hooks">
          {data.items.map((hook) => (
            <li key={hook.id}>
              <Icon name="link" size={20} />
              <div>
                <p className="hook-head">
                  <Link to={`${HERE}?id=${hook.id}`}>{hook.name}</Link>
                  <State of={stateOf(hook)} />
                </p>
                <p className="soft hook-url">{hook.url}</p>
                <p className="soft">
                  <span>{eventsOf(hook)}</span>
                  <span>
                    <Delivered hook={hook} />
                  </span>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {adds && (
        <Suspense fallback={null}>
          <WebhookDialog onClose={() => setAdds(false)} />
        </Suspense>
      )}
    </Page>
  );
}

type Open = 'edit' | Act | null;

function Note({ hook }: { hook: Webhook }) {
  const t = webhookTexts;
  const text = hook.stopped
    ? t.stopped[hook.stopped]
    : !hook.active
      ? t.offText
      : hook.failingSince && t.failingText({ time: deadline(hook.failingSince) });
  return text ? (
    <p className="hook-note" role="status">
      <Icon name="warning" size={16} />
      <span>{text}</span>
    </p>
  ) : null;
}

function One({ id }: { id: string }) {
  const t = webhookTexts;
  const [open, setOpen] = useState<Open>(null);
  const [busy, setBusy] = useState(false);
  const { data: hook, error, refresh } = useWebhook(id);
  const close = () => setOpen(null);
  const test = async () => {
    setBusy(true);
    if (await asking(t.testFailed, () => api.post(`${PATH}/${id}/test`)))
      toast({ title: t.testSent, tone: 'success' });
    setBusy(false);
  };
  const back = <Back to={HERE} label={t.back} />;
  if (!hook)
    return (
      <Page title={t.title} before={back}>
        {error ? (
          <ErrorState error={error} onRetry={refresh} />
        ) : (
          <Bars rows={6} label={texts.loading} />
        )}
      </Page>
    );
  return (
    <Page
      title={hook.name}
      before={back}
      actions={
        <Button
          variant="contained"
          loading={busy}
          disabled={!hook.active}
          onClick={() => void test()}
        >
          {t.test}
        </Button>
      }
    >
      <div className="hook-page">
        <Note hook={hook} />
        <dl className="hook-facts">
          <dt>{t.state}</dt>
          <dd>
            <State of={stateOf(hook)} />
          </dd>
          <dt>{t.url}</dt>
          <dd className="hook-url">{hook.url}</dd>
          <dt>{t.events}</dt>
          <dd>{eventsOf(hook)}</dd>
          <dt>{t.delivered}</dt>
          <dd>{hook.deliveredAt ? <Time iso={hook.deliveredAt} ago /> : t.never}</dd>
        </dl>
        <p className="hook-actions">
          <Button variant="outlined" onClick={() => setOpen('edit')}>
            {t.edit}
          </Button>
          <Button variant="outlined" onClick={() => setOpen('switch')}>
            {hook.active ? t.turnOff : t.turnOn}
          </Button>
          <Button variant="outlined" onClick={() => setOpen('renew')}>
            {t.renew}
          </Button>
          <Button variant="outlined" onClick={() => setOpen('remove')}>
            {t.remove}
          </Button>
        </p>
        <Deliveries id={id} active={hook.active} />
      </div>
      <Suspense fallback={null}>
        {open === 'edit' && <WebhookDialog hook={hook} onClose={close} />}
        {open && open !== 'edit' && (
          <AskDialog
            act={open}
            hook={hook}
            onClose={close}
            onRemoved={() => navigate(HERE, { replace: true })}
          />
        )}
      </Suspense>
    </Page>
  );
}

export default function WebhooksPage() {
  const id = usePlace().query.get('id');
  return id ? <One key={id} id={id} /> : <List />;
}
