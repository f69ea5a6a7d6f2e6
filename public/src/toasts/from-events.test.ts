import { afterEach, describe, expect, it } from 'vitest';
import { setQueryData } from '../api/query';
import { loadTranslations, setLanguage } from '../text';
import { toastOf } from './from-events';

afterEach(() => setLanguage('en'));

describe('toastOf', () => {
  it('says what Mortise itself notifies of in the reader’s language, the rest as it was sent', async () => {
    const data = {
      title: 'You were mentioned in ticket #7',
      message: 'Leak',
      text: { title: { key: 'You were mentioned in ticket #{0}', values: [7] } },
    };
    const said = () => toastOf({ type: 'Notification', data });
    expect(said()).toMatchObject({ title: 'You were mentioned in ticket #7', message: 'Leak' });
    await setLanguage('de');
    await loadTranslations();
    expect(said()).toMatchObject({ title: 'Sie wurden in Ticket #7 erwähnt', message: 'Leak' });
  });
  it('shows a notification as it was sent', () => {
    expect(
      toastOf({
        type: 'Notification',
        data: {
          title: 'Tea',
          message: 'is ready',
          icon: '🫖',
          url: '/tab/People',
          priority: 'high',
        },
      }),
    ).toEqual({
      title: 'Tea',
      message: 'is ready',
      icon: '🫖',
      url: '/tab/People',
      tone: 'warning',
      stay: 'until-dismissed',
    });
  });
  it.each([
    ['low', 'normal'],
    ['normal', 'normal'],
    ['high', 'until-dismissed'],
    [undefined, 'normal'],
  ])('shows one of priority %s: %s', (priority, stay) => {
    expect(toastOf({ type: 'Notification', data: { title: 'Tea', priority } })).toMatchObject({
      stay,
    });
  });
  it('leads from an assignment to the ticket', () => {
    const made = toastOf({
      type: 'TicketAssigned',
      data: { ticketId: 'a-b', number: 7, title: 'Leak', byUserName: 'Dana' },
    });
    expect(made).toMatchObject({ title: 'Ticket #7 is yours', url: '/tickets/a-b' });
    expect(made?.message).toContain('Dana');
  });
  it('says what somebody else did with an account, once for each person', () => {
    const data = { userId: 'u-1', name: 'Dan', byUserId: 'u-2', byUserName: 'Ann' };
    const [changed, suspended] = ['UserUpdated', 'AccountSuspended'].map((type) =>
      toastOf({ type, data }),
    );
    expect(changed).toMatchObject({ title: 'Dan was changed', message: 'Ann', url: '/people' });
    expect(suspended).toMatchObject({ title: 'Dan was deactivated', tag: changed?.tag });
    expect(toastOf({ type: 'UserUpdated', data: { ...data, byUserId: 'u-1' } })).toBeNull();
  });
  it.each([
    ['UserCreated', 'Dan was added'],
    ['UserUpdated', 'Dan was changed'],
    ['UserDeleted', 'Dan was removed'],
    ['AccountSuspended', 'Dan was deactivated'],
    ['AccountActivated', 'Dan is active again'],
    ['PasswordChanged', 'Your password was changed'],
    ['TenantUpdated', 'The company’s settings were changed'],
    ['SystemNotification', 'Tea'],
  ])('has a toast for %s: %s', (type, title) => {
    const data = { userId: 'u-1', name: 'Dan', byUserId: null, title: 'Tea' };
    expect(toastOf({ type, data })).toMatchObject({ title });
  });
  it('says how the organization is called now', () => {
    expect(toastOf({ type: 'OrganizationUpdated', data: { name: 'Group' } })).toMatchObject({
      title: 'Your organization is now called Group',
    });
  });
  it('names who was removed as the page knows them', () => {
    const data = { userId: 'u-1', name: 'Former member 3', byUserId: 'u-2', byUserName: 'Ann' };
    expect(toastOf({ type: 'UserDeleted', data })?.title).toBe('Former member 3 was removed');
    setQueryData('users', () => ({ items: [{ id: 'u-1', name: 'Dan' }] }));
    expect(toastOf({ type: 'UserDeleted', data })?.title).toBe('Dan was removed');
  });
  it('leads from a mention to the ticket', () => {
    const data = { ticketId: 'a-b', number: 7, title: 'Leak', byUserName: 'Dana' };
    expect(toastOf({ type: 'TicketMentioned', data })).toMatchObject({
      title: 'Dana mentioned you in ticket #7',
      message: 'Leak',
      url: '/tickets/a-b',
    });
    expect(toastOf({ type: 'TicketNewComment', data })?.title).toBe('Dana commented on ticket #7');
    expect(toastOf({ type: 'TicketNewState', data: { ...data, state: 'on_hold' } })).toMatchObject({
      title: 'Ticket #7 is now: On hold',
      message: 'Leak · from Dana',
    });
  });
  it('survives data of the wrong shape', () => {
    expect(toastOf({ type: 'Notification', data: { title: 5, icon: {} } })).toMatchObject({
      title: 'Notification',
      icon: undefined,
    });
  });
  it('says nothing of events that are not for people', () => {
    expect(toastOf({ type: 'TicketUpdated', data: {} })).toBeNull();
  });
});
