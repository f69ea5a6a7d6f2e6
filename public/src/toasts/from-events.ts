/** Which events become toasts, and what they say. */
import type { MtEvent } from '../events/client';
import { useEvents } from '../events/live';
import { loadTranslations, texts } from '../text';
import { showOnDesktop } from './desktop';
import { notice } from './notice';
import { toast, type ToastInput } from './store';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : undefined;

/** What matters stays until somebody has seen it; the inbox has all of them afterwards. */
const STAY: Record<string, ToastInput['stay']> = { high: 'until-dismissed', low: 'short' };

type Maker = (data: Record<string, unknown>) => ToastInput;

type PluginEvent = Extract<keyof typeof texts.toasts, `plugin${string}`>;

const pluginToast =
  (type: PluginEvent, tone: ToastInput['tone'] = 'info'): Maker =>
  (data) => ({
    title: texts.toasts[type]({ name: text(data.displayName) ?? text(data.pluginKey) ?? '?' }),
    tone,
    // Installing enables as well, uninstalling disables first: the last word is enough.
    tag: `plugin ${text(data.pluginKey) ?? ''}`,
  });

const assignedBy = (title: string, name: string | undefined) =>
  name ? texts.toasts.assignedBy({ title, name }) : title;

const MAKERS: Record<string, Maker> = {
  Notification: (data) => ({
    title: notice(data, 'title') || texts.toasts.notification,
    message: notice(data, 'message') || undefined,
    icon: text(data.icon),
    url: text(data.url),
    tone: data.priority === 'high' ? 'warning' : 'info',
    stay: STAY[String(data.priority)] ?? 'normal',
  }),
  TicketAssigned: (data) => ({
    title: texts.toasts.assigned({ number: Number(data.number) }),
    message: assignedBy(text(data.title) ?? '', text(data.byUserName)),
    symbol: 'tickets',
    url: text(data.ticketId) ? `/tickets/${String(data.ticketId)}` : null,
  }),
  TicketMentioned: (data) => ({
    title: texts.toasts.mentioned({
      name: text(data.byUserName) ?? texts.tickets.somebody,
      number: Number(data.number),
    }),
    message: text(data.title),
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
const ON_DESKTOP = new Set(['Notification', 'TicketAssigned', 'TicketMentioned']);

/** What one did oneself is no news where the page has said so: a ticket's field, the dialog of an installation. */
const SAID_BY_PAGE = new Set([
  'TicketAssigned',
  'PluginInstalled',
  'PluginEnabled',
  'PluginDisabled',
  'PluginUpgraded',
]);
const isOwn = (event: MtEvent, meId: string) =>
  SAID_BY_PAGE.has(event.type) && event.data.byUserId === meId;

export function useToastsFromEvents(meId: string): void {
  const show = (event: MtEvent) => {
    const made = toastOf(event);
    if (!made || isOwn(event, meId)) return;
    toast(made);
    if (ON_DESKTOP.has(event.type)) showOnDesktop(`${event.channel}#${event.seq}`, made);
  };
  useEvents(TYPES, (event) => {
    // What Mortise itself notifies of is translated by sentences that come when they are needed.
    if (event.data.text) void loadTranslations().then(() => show(event));
    else show(event);
  });
}
