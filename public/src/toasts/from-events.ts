/** Which events become toasts, and what they say. */
import type { MtEvent } from '../events/client';
import { useEvents } from '../events/live';
import { T } from '../text';
import { showOnDesktop } from './desktop';
import { toast, type ToastInput } from './store';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : undefined;

/** What matters stays until somebody has seen it; the inbox has all of them afterwards. */
const STAY: Record<string, ToastInput['stay']> = { high: 'until-dismissed', low: 'short' };

type Maker = (data: Record<string, unknown>) => ToastInput;

type PluginEvent = Extract<keyof typeof T.toasts, `plugin${string}`>;

const pluginToast =
  (type: PluginEvent, tone: ToastInput['tone'] = 'info'): Maker =>
  (data) => ({
    title: T.toasts[type]({ name: text(data.displayName) ?? text(data.pluginKey) ?? '?' }),
    tone,
    // Installing enables as well, uninstalling disables first: the last word is enough.
    tag: `plugin ${text(data.pluginKey) ?? ''}`,
  });

const assignedBy = (title: string, name: string | undefined) =>
  name ? T.toasts.assignedBy({ title, name }) : title;

const MAKERS: Record<string, Maker> = {
  Notification: (data) => ({
    title: text(data.title) ?? T.toasts.notification,
    message: text(data.message),
    icon: text(data.icon),
    url: text(data.url),
    tone: data.priority === 'high' ? 'warning' : 'info',
    stay: STAY[String(data.priority)] ?? 'normal',
  }),
  TicketAssigned: (data) => ({
    title: T.toasts.assigned({ number: Number(data.number) }),
    message: assignedBy(text(data.title) ?? '', text(data.byUserName)),
    symbol: 'tickets',
    url: text(data.ticketId) ? `/tickets/${String(data.ticketId)}` : null,
  }),
  PluginInstalled: pluginToast('pluginInstalled', 'success'),
  PluginEnabled: pluginToast('pluginEnabled', 'success'),
  PluginDisabled: pluginToast('pluginDisabled'),
  PluginUninstalled: pluginToast('pluginUninstalled'),
  PluginUpgraded: pluginToast('pluginUpgraded', 'success'),
  PluginRolledBack: pluginToast('pluginRolledBack', 'warning'),
  PluginQuarantined: pluginToast('pluginQuarantined', 'warning'),
};

export function toastOf(event: Pick<MtEvent, 'type' | 'data'>): ToastInput | null {
  return MAKERS[event.type]?.(event.data) ?? null;
}

const TYPES = Object.keys(MAKERS);
const ON_DESKTOP = new Set(['Notification', 'TicketAssigned']);

/** What one did oneself is no news. */
const isOwn = (event: MtEvent, meId: string) =>
  event.type === 'TicketAssigned' && event.data.byUserId === meId;

export function useToastsFromEvents(meId: string): void {
  useEvents(TYPES, (event) => {
    const made = toastOf(event);
    if (!made || isOwn(event, meId)) return;
    toast(made);
    if (ON_DESKTOP.has(event.type)) showOnDesktop(`${event.channel}#${event.seq}`, made);
  });
}
