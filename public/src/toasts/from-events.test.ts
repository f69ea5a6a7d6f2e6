import { describe, expect, it } from 'vitest';
import { toastOf } from './from-events';

describe('toastOf', () => {
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
    ['low', 'short'],
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
