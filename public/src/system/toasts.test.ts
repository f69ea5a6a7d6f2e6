import { describe, expect, it } from 'vitest';
import { SYSTEM_TOASTS } from './toasts';

describe('what system admins hear of', () => {
  it.each([
    ['TenantCreated', 'Company Orchard was added'],
    ['TenantUpdated', 'Company Orchard was changed'],
    ['TenantRegistered', 'Company Orchard wants to register'],
    ['TenantApproved', 'Company Orchard was approved'],
    ['TenantSuspended', 'Company Orchard was suspended'],
    ['TenantActivated', 'Company Orchard is active again'],
    ['TenantDeleted', 'Company Orchard was deleted'],
  ])('%s: %s', (type, title) => {
    expect(SYSTEM_TOASTS[type]?.({ code: 'orchard', name: 'Orchard' })).toMatchObject({
      title,
      url: '/companies',
      tag: 'company orchard',
    });
  });
  it('an organization by its new name', () => {
    expect(SYSTEM_TOASTS.OrganizationUpdated?.({ id: 3, name: 'Group' })).toMatchObject({
      title: 'Organization Group was renamed',
      tag: 'organization 3',
    });
  });
  it.each(['SystemAlert', 'SystemNotification'])('%s as it was sent, until it was seen', (type) => {
    const data = { title: 'No mails', message: 'The server is away', priority: 'high' };
    expect(SYSTEM_TOASTS[type]?.(data)).toMatchObject({
      title: 'No mails',
      message: 'The server is away',
      tone: 'warning',
      stay: 'until-dismissed',
    });
  });
});
