/** What system admins hear of while their page is open. */
import { systemTexts } from '../text/system';
import { notified, type Maker } from '../toasts/from-events';

const company =
  (said: keyof typeof systemTexts.events): Maker =>
  (data) => ({
    title: systemTexts.events[said]({ name: String(data.name) }),
    symbol: 'people',
    url: '/companies',
    tag: `company ${String(data.code)}`,
  });

export const SYSTEM_TOASTS: Record<string, Maker> = {
  SystemAlert: notified,
  SystemNotification: notified,
  TenantCreated: company('created'),
  TenantUpdated: company('updated'),
  TenantRegistered: company('registered'),
  TenantApproved: company('approved'),
  TenantSuspended: company('suspended'),
  TenantActivated: company('activated'),
  TenantDeleted: company('deleted'),
  OrganizationUpdated: (data) => ({
    title: systemTexts.events.organization({ name: String(data.name) }),
    symbol: 'people',
    url: '/companies',
    tag: `organization ${String(data.id)}`,
  }),
};
