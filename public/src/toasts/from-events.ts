/** Which events become toasts, and what they say. */
import { queryClient } from '../api/query';
import type { Items, Me, User } from '../api/types';
import type { MtEvent } from '../events/client';
import { useEvents } from '../events/live';
import { loadTranslations, texts } from '../text';
import { nameIn } from '../ui/names';
import { showOnDesktop } from './desktop';
import { notice } from './notice';
import { note, toast, type ToastInput } from './store';
import { preferences, useFreshPreferences, waysOf } from './ways';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : undefined;

/** What matters stays until somebody has seen it; the inbox has all of them afterwards. */
const STAY: Record<string, ToastInput['stay']> = { high: 'until-dismissed' };

export type Maker = (data: Record<string, unknown>) => ToastInput | null;

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

const ticketUrl = (data: Record<string, unknown>) =>
  text(data.ticketId) ? `/tickets/${String(data.ticketId)}` : null;

const byPersonToast =
  (type: 'mentioned' | 'commented'): Maker =>
  (data) => ({
    title: texts.toasts[type]({
      name: text(data.byUserName) ?? texts.tickets.somebody,
      number: Number(data.number),
    }),
    message: text(data.title),
    symbol: 'tickets',
    url: ticketUrl(data),
  });

export const notified: Maker = (data) => ({
  title: notice(data, 'title') || texts.toasts.notification,
  message: notice(data, 'message') || undefined,
  icon: text(data.icon),
  url: text(data.url),
  tone: data.priority === 'high' ? 'warning' : 'info',
  stay: STAY[String(data.priority)] ?? 'normal',
});

/** Somebody who was removed has no name any more, but pages that were open know it. */
const nameOf = (data: Record<string, unknown>): string | undefined =>
  queryClient.getQueryData<Items<User>>(['users'])?.items.find((u) => data.userId === u.id)?.name ??
  text(data.name);

const personToast =
  (type: Extract<keyof typeof texts.toasts, `user${string}`>): Maker =>
  (data) =>
    // Who accepts an invitation or changes their own name is no news.
    data.byUserId === data.userId
      ? null
      : {
          title: texts.toasts[type]({
            name: (type === 'userDeleted' ? nameOf(data) : text(data.name)) ?? '?',
          }),
          message: text(data.byUserName),
          symbol: 'people',
          url: '/people',
          // Who is deactivated is changed as well: the last word is enough.
          tag: `person ${text(data.userId) ?? ''}`,
        };

const MAKERS: Record<string, Maker> = {
  Notification: notified,
  SystemNotification: notified,
  UserCreated: personToast('userCreated'),
  UserUpdated: personToast('userUpdated'),
  UserDeleted: personToast('userDeleted'),
  AccountSuspended: personToast('userSuspended'),
  AccountActivated: personToast('userActivated'),
  PasswordChanged: () => ({ title: texts.toasts.passwordChanged, tone: 'warning' }),
  TenantUpdated: (data) => ({
    title: texts.toasts.tenantUpdated,
    message: text(data.byUserName),
    url: '/settings/company',
  }),
  OrganizationUpdated: (data) => ({
    title: texts.toasts.organizationUpdated({ name: text(data.name) ?? '?' }),
    symbol: 'people',
    url: '/settings/company',
  }),
  TicketAssigned: (data) => ({
    title: texts.toasts.assigned({ number: Number(data.number) }),
    message: assignedBy(text(data.title) ?? '', text(data.byUserName)),
    symbol: 'tickets',
    url: ticketUrl(data),
  }),
  TicketMentioned: byPersonToast('mentioned'),
  TicketNewComment: byPersonToast('commented'),
  TicketNewState: (data) => ({
    title: texts.toasts.moved({
      number: Number(data.number),
      state: nameIn(texts.stateNames, text(data.state) ?? ''),
    }),
    message: assignedBy(text(data.title) ?? '', text(data.byUserName)),
    symbol: 'tickets',
    url: ticketUrl(data),
    tag: `state ${text(data.ticketId) ?? ''}`,
  }),
  PluginInstalled: pluginToast('pluginInstalled', 'success'),
  PluginEnabled: pluginToast('pluginEnabled', 'success'),
  PluginDisabled: pluginToast('pluginDisabled'),
  PluginUninstalled: pluginToast('pluginUninstalled'),
  PluginUpgraded: pluginToast('pluginUpgraded', 'success'),
  PluginRolledBack: pluginToast('pluginRolledBack', 'warning'),
  PluginQuarantined: pluginToast('pluginQuarantined', 'warning'),
};

export function toastOf(
  event: Pick<MtEvent, 'type' | 'data'>,
  makers: Record<string, Maker> = MAKERS,
): ToastInput | null {
  return makers[event.type]?.(event.data) ?? null;
}

const ON_DESKTOP = new Set([
  'Notification',
  'SystemNotification',
  'TicketAssigned',
  'TicketMentioned',
  'TicketNewComment',
  'TicketNewState',
]);

/** What is news to those alone who look after it. */
const NEEDED: Record<string, string> = {
  UserCreated: 'users:write',
  UserUpdated: 'users:write',
  UserDeleted: 'users:write',
  AccountSuspended: 'users:write',
  AccountActivated: 'users:write',
  TenantUpdated: 'company:manage',
  OrganizationUpdated: 'company:manage',
};

/** What one did oneself is no news where the page has said so: a ticket's field, the dialog of an installation. */
const SAID_BY_PAGE = new Set([
  ...Object.keys(NEEDED),
  'PasswordChanged',
  'TicketAssigned',
  'PluginInstalled',
  'PluginEnabled',
  'PluginDisabled',
  'PluginUpgraded',
]);
const isOwn = (event: MtEvent, meId: string) =>
  SAID_BY_PAGE.has(event.type) && event.data.byUserId === meId;

async function show(event: MtEvent, made: ToastInput, chosen: boolean): Promise<void> {
  const p = chosen ? await preferences() : null;
  const ways = p ? waysOf(p, event, new Date()) : { toast: true, desktop: true };
  if (ways.toast) toast(made);
  else note(made);
  if (ON_DESKTOP.has(event.type))
    showOnDesktop(`${event.channel}#${event.seq}`, made, ways.desktop);
}

/** The system administration has makers of its own, and nobody's choices. */
export function useToastsFromEvents(me: Me, makers: Record<string, Maker> = MAKERS): void {
  const chosen = makers === MAKERS;
  const hear = (event: MtEvent) => {
    const needed = NEEDED[event.type];
    const made = toastOf(event, makers);
    if (!made || isOwn(event, me.id) || (needed && !me.permissions.includes(needed))) return;
    void show(event, made, chosen);
  };
  useFreshPreferences(me.ownTimeZone ?? me.timeZone);
  useEvents(Object.keys(makers), (event) => {
    // What Mortise itself notifies of is translated by sentences that come when they are needed.
    if (event.data.text) void loadTranslations().then(() => hear(event));
    else hear(event);
  });
}
