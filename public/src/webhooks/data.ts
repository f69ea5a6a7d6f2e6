/** Webhooks, their deliveries and the events that can be chosen, as the server shows them. */
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Webhook, WebhookDelivery } from '../api/resources';
import type { Items } from '../api/types';
import { webhookTexts } from '../text/webhooks';
import { nameIn } from '../ui/names';

export const PATH = '/api/webhooks';
const LIST = 'webhooks';
const ONE = 'webhook';
export const ALL_EVENTS = '*';
export const PAGE = 50;
/** The server's bound of one answer. */
export const MOST = 200;
const SOON_MS = 10_000;

export const DELIVERY_STATES = ['waiting', 'sending', 'paused', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface EventType {
  type: string;
  source: string;
  sourceName: string;
}

export interface EventGroup {
  source: string;
  title: string;
  types: string[];
}

/** One is gone: what its page still shows isn't asked for again. */
export const forgetList = (): void => invalidate(LIST);
export const forgetWebhooks = (): void => {
  forgetList();
  invalidate(`${ONE} `);
};

export const useWebhooks = () =>
  useQuery<Items<Webhook>>(LIST, (signal) => api.get(PATH, { signal }));

/** What changed by itself, such as a webhook that was switched off, is seen within a quarter of a minute. */
export const useWebhook = (id: string) =>
  useQuery<Webhook>(`${ONE} ${id}`, (signal) => api.get(`${PATH}/${id}`, { signal }), {
    every: () => 15_000,
  });

const isMoving = (d: WebhookDelivery): boolean =>
  d.state === 'sending' || (d.state === 'waiting' && Date.parse(d.dueAt) < Date.now() + SOON_MS);

export const useDeliveries = (id: string, state: DeliveryState | 'all', limit: number) =>
  useQuery<Items<WebhookDelivery>>(
    `${ONE} ${id} log ${state} ${limit}`,
    (signal) =>
      api.get(`${PATH}/${id}/deliveries`, {
        signal,
        query: { limit, ...(state !== 'all' && { state }) },
      }),
    { every: (data) => (data?.items.some(isMoving) ? 1500 : 15_000) },
  );

export const useEventTypes = () =>
  useQuery<Items<EventType>>('webhook-events', (signal) =>
    api.get('/api/webhook-events', { signal }),
  );

export const eventName = (type: string): string => nameIn(webhookTexts.eventNames, type);

/** By where they come from; what is chosen and not offered any more stays, as the last group. */
export function eventGroups(
  offered: readonly EventType[],
  chosen: readonly string[],
): EventGroup[] {
  const groups = new Map<string, EventGroup>();
  for (const { type, source, sourceName } of offered) {
    const group = groups.get(source) ?? { source, title: sourceName, types: [] };
    group.types.push(type);
    groups.set(source, group);
  }
  const known = new Set([ALL_EVENTS, ...offered.map((e) => e.type)]);
  const gone = chosen.filter((type) => !known.has(type));
  return [
    ...groups.values(),
    ...(gone.length ? [{ source: '', title: webhookTexts.gone, types: gone }] : []),
  ];
}

export type HookState = 'on' | 'off' | 'failing' | 'stopped';
export const stateOf = (w: Webhook): HookState =>
  w.stopped ? 'stopped' : !w.active ? 'off' : w.failingSince ? 'failing' : 'on';

/** As Standard Webhooks has it, without a library. */
export const exampleOf = (secret: string): string =>
  `const crypto = require('node:crypto');
const key = Buffer.from('${secret.slice(6)}', 'base64');

// body: as it came, before JSON.parse
function isOurs(headers, body) {
  const id = headers['webhook-id'];
  const at = headers['webhook-timestamp'];
  if (Math.abs(Date.now() / 1000 - at) > 300) return false;
  const own = crypto.createHmac('sha256', key)
    .update(\`\${id}.\${at}.\${body}\`).digest();
  // after a change of the secret there are two
  return headers['webhook-signature'].split(' ').some((s) => {
    const theirs = Buffer.from(s.slice(3), 'base64');
    return theirs.length === own.length &&
      crypto.timingSafeEqual(theirs, own);
  });
}`;
