/** Made by `mortise-api --types` from the tables of the resources; a test compares. */
import type { Rules } from './rules';

export interface Ticket {
  id: string;
  number: number;
  title: string;
  description: string;
  state: string;
  stateLabel: string;
  priority: 'low' | 'normal' | 'high' | 'urgent';
  assigneeId: string | null;
  assigneeName: string | null;
  createdBy: string;
  createdByName: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  /** values of /api/custom-fields by key; those that aren't given stay, null takes one away */
  custom: Record<string, unknown>;
}

export interface TicketCreate {
  title: string;
  description?: string;
  state?: string;
  priority?: 'low' | 'normal' | 'high' | 'urgent';
  assigneeId?: string | null;
  custom?: Record<string, unknown>;
}

export interface TicketChange {
  title?: string;
  description?: string;
  state?: string;
  priority?: 'low' | 'normal' | 'high' | 'urgent';
  assigneeId?: string | null;
  custom?: Record<string, unknown>;
}

export interface Comment {
  id: string;
  ticketId: string;
  authorId: string;
  authorName: string;
  body: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
}

export interface CommentCreate {
  body: string;
}

export interface CommentChange {
  body?: string;
}

export interface Attachment {
  id: string;
  ticketId: string;
  authorId: string;
  authorName: string;
  name: string;
  /** by its bytes */
  type: string;
  /** bytes */
  size: number;
  /** pixels, of a picture */
  width: number | null;
  height: number | null;
  /** is there one */
  thumbnail: boolean;
  createdAt: string;
}

export interface TicketState {
  key: string;
  label: string;
  category: 'open' | 'closed';
  position: number;
}

export interface User {
  id: string;
  name: string;
  email: string;
  phone: string | null;
  roles: string[];
  active: boolean;
  /** invited, and has not chosen a password yet */
  pending: boolean;
  /** signs in with a second step */
  secondFactor: boolean;
  version: number;
}

export interface UserCreate {
  name: string;
  email: string;
  phone?: string | null;
  roles: string[];
  active?: boolean;
}

export interface UserChange {
  name?: string;
  phone?: string | null;
  roles?: string[];
  active?: boolean;
}

export interface Team {
  id: string;
  /** once in the company */
  name: string;
  description: string | null;
  leadId: string | null;
  leadName: string | null;
  /** ids of people, also of deactivated ones */
  memberIds: string[];
  version: number;
}

export interface TeamCreate {
  name: string;
  description?: string | null;
  leadId?: string | null;
  memberIds?: string[];
}

export interface TeamChange {
  name?: string;
  description?: string | null;
  leadId?: string | null;
  memberIds?: string[];
}

export interface CustomField {
  id: string;
  resource: 'tickets';
  /** its name in `custom` */
  key: string;
  label: string;
  help: string | null;
  type: 'text' | 'longtext' | 'number' | 'decimal' | 'date' | 'choice' | 'person' | 'boolean';
  /** what can be chosen, of a choice */
  options: string[];
  required: boolean;
  /** is it a column of the list? */
  inList: boolean;
  position: number;
  /** the plugin that brought it, null = the company */
  pluginKey: string | null;
  pluginName: string | null;
  version: number;
  archivedAt: string | null;
}

export interface CustomFieldCreate {
  resource?: 'tickets';
  key: string;
  label: string;
  help?: string | null;
  type: 'text' | 'longtext' | 'number' | 'decimal' | 'date' | 'choice' | 'person' | 'boolean';
  options?: string[];
  required?: boolean;
  inList?: boolean;
  position?: number;
}

export interface CustomFieldChange {
  label?: string;
  help?: string | null;
  options?: string[];
  required?: boolean;
  inList?: boolean;
  position?: number;
}

export interface Role {
  role: string;
  /** its name, once in the company, without commas */
  label: string;
  description: string | null;
  /** every company has it; it is neither renamed nor deleted */
  builtIn: boolean;
  /** its people need two-step sign-in, from their next sign-in on */
  secondFactor: boolean;
  position: number;
  /** null where it is built in */
  version: number | null;
  /** those of the core, then those of plugins */
  permissions: {
    name: string;
    label: string;
    description: string | null;
    source: string;
    sourceName: string;
    enabled: boolean;
    granted: boolean;
    fixed: boolean;
  }[];
}

export interface Notification {
  id: string;
  title: string;
  message: string;
  icon: string;
  url: string | null;
  priority: 'low' | 'normal' | 'high';
  /** whom it was for */
  kind: 'user' | 'role' | 'company' | 'organization' | 'everyone';
  /** what it is about; how one hears of it is a choice by topic */
  topic:
    'assigned' | 'mentioned' | 'commented' | 'state' | 'person' | 'plugin' | 'system' | 'security';
  fromUserId: string | null;
  fromUserName: string | null;
  pluginKey: string | null;
  /** of Mortise's own: key and values of title and message */
  text: Record<string, unknown> | null;
  read: boolean;
  sentAt: string;
}

export interface SentNotification {
  id: string;
  title: string;
  message: string;
  icon: string;
  url: string | null;
  priority: 'low' | 'normal' | 'high';
  /** whom it was for */
  kind: 'user' | 'role' | 'company' | 'organization' | 'everyone';
  toUserName: string | null;
  role: string | null;
  recipients: number;
  /** how many of them have seen it */
  seen: number;
  sentAt: string;
}

export interface View {
  id: string;
  ownerId: string;
  name: string;
  /** of the list's address, such as state=new&assigneeId=me */
  query: string;
  createdAt: string;
  updatedAt: string;
}

export interface ViewCreate {
  name: string;
  query?: string;
}

export interface ViewChange {
  name?: string;
  query?: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  /** such as user.invited */
  action: string;
  /** of the action what is before the dot */
  area: string;
  /** who acted; nobody = somebody who was not signed in */
  actorKind: 'person' | 'service' | 'command' | 'plugin' | 'system' | 'database' | 'nobody';
  actorId: string | null;
  /** as it was then */
  actorName: string | null;
  address: string | null;
  /** the browser or program; of a command its name */
  agent: string | null;
  targetKind: string;
  targetId: string | null;
  targetName: string | null;
  /** of what changed */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  requestId: string | null;
  /** place in the chain, a second after it was written */
  seq: number | null;
}

export interface Token {
  id: string;
  name: string;
  /** permissions by name, plugins:call, notifications:read */
  scopes: string[];
  /** its beginning and its end */
  preview: string;
  createdAt: string;
  expiresAt: string;
  expired: boolean;
  /** to a minute */
  lastUsedAt: string | null;
  lastAddress: string | null;
}

export interface CompanyToken {
  id: string;
  name: string;
  /** permissions by name, plugins:call, notifications:read */
  scopes: string[];
  /** its beginning and its end */
  preview: string;
  createdAt: string;
  expiresAt: string;
  expired: boolean;
  /** to a minute */
  lastUsedAt: string | null;
  lastAddress: string | null;
  kind: 'personal' | 'service';
  /** whose it is; null = a service's */
  ownerId: string | null;
  ownerName: string | null;
  /** null = the operator made it */
  madeByName: string | null;
}

export interface Webhook {
  id: string;
  name: string;
  /** https:// */
  url: string;
  /** TicketCreated, plugin-key.EventName; * = all */
  events: string[];
  active: boolean;
  /** why it was switched off by itself */
  stopped: 'gone' | 'failing' | null;
  createdAt: string;
  /** the last success */
  deliveredAt: string | null;
  /** the first failure behind it */
  failingSince: string | null;
  version: number;
}

export interface WebhookCreate {
  name: string;
  url: string;
  events: string[];
  active?: boolean;
}

export interface WebhookChange {
  name?: string;
  url?: string;
  events?: string[];
  active?: boolean;
}

export interface WebhookDelivery {
  /** webhook-id of the request */
  id: string;
  webhookId: string;
  type: string;
  /** what is sent, to the byte */
  body: string;
  at: string;
  state: 'waiting' | 'sending' | 'paused' | 'delivered' | 'failed';
  /** of the next try, while it waits */
  dueAt: string;
  attempts: number;
  triedAt: string | null;
  /** of the last answer */
  status: number | null;
  ms: number | null;
  /** why the last try failed, a word */
  fault: string | null;
  /** the same in English */
  detail: string | null;
  /** the beginning of the last answer */
  answer: string | null;
  endedAt: string | null;
}

export const postTickets = {
  title: { type: 'string', required: true, min: 1, max: 200 },
  description: { type: 'text', max: 20000 },
  state: { type: 'string', min: 1, max: 40 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high', 'urgent'],
  },
  assigneeId: { type: 'uuid', nullable: true },
  custom: { type: 'object' },
} as const satisfies Rules;

export const patchTickets = {
  title: { type: 'string', min: 1, max: 200 },
  description: { type: 'text', max: 20000 },
  state: { type: 'string', min: 1, max: 40 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high', 'urgent'],
  },
  assigneeId: { type: 'uuid', nullable: true },
  custom: { type: 'object' },
} as const satisfies Rules;

export const postTicketsBulk = {
  items: { type: 'array', required: true, min: 1, max: 200 },
} as const satisfies Rules;

export const postTicketsComments = {
  body: { type: 'text', required: true, min: 1, max: 10000 },
} as const satisfies Rules;

export const patchComments = {
  body: { type: 'text', min: 1, max: 10000 },
} as const satisfies Rules;

export const postUsers = {
  name: { type: 'string', required: true, min: 1, max: 120 },
  email: { type: 'email', required: true, min: 3, max: 254 },
  phone: { type: 'string', nullable: true, min: 1, max: 40 },
  roles: { type: 'array', required: true, min: 1, max: 8 },
  active: { type: 'boolean' },
} as const satisfies Rules;

export const patchUsers = {
  name: { type: 'string', min: 1, max: 120 },
  phone: { type: 'string', nullable: true, min: 1, max: 40 },
  roles: { type: 'array', min: 1, max: 8 },
  active: { type: 'boolean' },
  reassign: {
    type: 'enum',
    oneOf: ['nobody', 'user', 'team'],
  },
  reassignTo: { type: 'uuid' },
  reassignMore: { type: 'boolean' },
} as const satisfies Rules;

export const postTeams = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  description: { type: 'string', nullable: true, min: 1, max: 300 },
  leadId: { type: 'uuid', nullable: true },
  memberIds: { type: 'array', max: 500 },
} as const satisfies Rules;

export const patchTeams = {
  name: { type: 'string', min: 1, max: 60 },
  description: { type: 'string', nullable: true, min: 1, max: 300 },
  leadId: { type: 'uuid', nullable: true },
  memberIds: { type: 'array', max: 500 },
} as const satisfies Rules;

export const postCustomFields = {
  resource: {
    type: 'enum',
    oneOf: ['tickets'],
  },
  key: { type: 'string', required: true, min: 1, max: 40 },
  label: { type: 'string', required: true, min: 1, max: 60 },
  help: { type: 'string', nullable: true, min: 1, max: 300 },
  type: {
    type: 'enum',
    required: true,
    oneOf: ['text', 'longtext', 'number', 'decimal', 'date', 'choice', 'person', 'boolean'],
  },
  options: { type: 'array', max: 50 },
  required: { type: 'boolean' },
  inList: { type: 'boolean' },
  position: { type: 'integer', max: 1000 },
} as const satisfies Rules;

export const patchCustomFields = {
  label: { type: 'string', min: 1, max: 60 },
  help: { type: 'string', nullable: true, min: 1, max: 300 },
  options: { type: 'array', max: 50 },
  required: { type: 'boolean' },
  inList: { type: 'boolean' },
  position: { type: 'integer', max: 1000 },
} as const satisfies Rules;

export const postRoles = {
  label: { type: 'string', required: true, min: 1, max: 60 },
  description: { type: 'string', nullable: true, min: 1, max: 300 },
  copyOf: { type: 'string', nullable: true, min: 1, max: 40 },
} as const satisfies Rules;

export const patchRoles = {
  label: { type: 'string', min: 1, max: 60 },
  description: { type: 'string', nullable: true, min: 1, max: 300 },
} as const satisfies Rules;

export const putRolesPermissions = {
  grant: { type: 'array', max: 500 },
  revoke: { type: 'array', max: 500 },
} as const satisfies Rules;

export const putRolesSecondFactor = {
  needed: { type: 'boolean', required: true },
} as const satisfies Rules;

export const postNotificationsUser = {
  targetUserId: { type: 'uuid', required: true },
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsCompany = {
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsRole = {
  role: { type: 'string', required: true, min: 1, max: 60 },
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsTeam = {
  teamId: { type: 'uuid', required: true },
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsRead = {
  until: { type: 'time', required: true },
  all: { type: 'boolean' },
} as const satisfies Rules;

export const patchNotifications = {
  read: { type: 'boolean', required: true },
} as const satisfies Rules;

export const postViews = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  query: { type: 'string', max: 1000 },
} as const satisfies Rules;

export const patchViews = {
  name: { type: 'string', min: 1, max: 60 },
  query: { type: 'string', max: 1000 },
} as const satisfies Rules;

export const postTokens = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  scopes: { type: 'array', required: true, min: 1, max: 100 },
  days: { type: 'integer', min: 1, max: 365 },
} as const satisfies Rules;

export const postCompanyTokens = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  scopes: { type: 'array', required: true, min: 1, max: 100 },
  days: { type: 'integer', min: 1, max: 365 },
} as const satisfies Rules;

export const postWebhooks = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  url: { type: 'string', required: true, min: 10, max: 1000 },
  events: { type: 'array', required: true, max: 50 },
  active: { type: 'boolean' },
} as const satisfies Rules;

export const patchWebhooks = {
  name: { type: 'string', min: 1, max: 60 },
  url: { type: 'string', min: 10, max: 1000 },
  events: { type: 'array', max: 50 },
  active: { type: 'boolean' },
} as const satisfies Rules;

export const patchCompany = {
  name: { type: 'string', min: 1, max: 120 },
  timeZone: { type: 'string', min: 1, max: 64 },
  notificationDays: { type: 'integer', min: 7, max: 730 },
  locale: {
    type: 'enum',
    nullable: true,
    oneOf: [
      'en-US',
      'en-GB',
      'en-IE',
      'en-CA',
      'en-AU',
      'en-NZ',
      'en-IN',
      'en-ZA',
      'en-SG',
      'de-DE',
      'de-AT',
      'de-CH',
      'de-LI',
      'de-LU',
      'de-BE',
    ],
  },
  currency: { type: 'string', nullable: true, min: 3, max: 3 },
  street: { type: 'text', nullable: true, min: 1, max: 200 },
  postalCode: { type: 'string', nullable: true, min: 1, max: 20 },
  city: { type: 'string', nullable: true, min: 1, max: 100 },
  country: { type: 'string', nullable: true, min: 2, max: 2 },
  taxNumber: { type: 'string', nullable: true, min: 4, max: 30 },
  phone: { type: 'string', nullable: true, min: 3, max: 40 },
  email: { type: 'email', nullable: true, min: 3, max: 254 },
  website: { type: 'string', nullable: true, min: 1, max: 200 },
  hours: { type: 'array', max: 70 },
  holidays: { type: 'array', max: 200 },
} as const satisfies Rules;

export const postCompanyProviders = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  issuer: { type: 'string', required: true, min: 8, max: 200 },
  clientId: { type: 'string', required: true, min: 1, max: 255 },
  secret: { type: 'string', nullable: true, max: 500 },
  scopes: { type: 'string', required: true, min: 6, max: 200 },
  roleClaim: { type: 'string', required: true, nullable: true, max: 100 },
  roleMap: { type: 'array', required: true, max: 100 },
  defaultRoles: { type: 'array', required: true, max: 8 },
  creates: { type: 'boolean', required: true },
  links: { type: 'boolean', required: true },
  domains: { type: 'array', required: true, max: 50 },
  enabled: { type: 'boolean', required: true },
  required: { type: 'boolean' },
  signsOut: { type: 'boolean' },
} as const satisfies Rules;

export const putCompanyProviders = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  issuer: { type: 'string', required: true, min: 8, max: 200 },
  clientId: { type: 'string', required: true, min: 1, max: 255 },
  secret: { type: 'string', nullable: true, max: 500 },
  scopes: { type: 'string', required: true, min: 6, max: 200 },
  roleClaim: { type: 'string', required: true, nullable: true, max: 100 },
  roleMap: { type: 'array', required: true, max: 100 },
  defaultRoles: { type: 'array', required: true, max: 8 },
  creates: { type: 'boolean', required: true },
  links: { type: 'boolean', required: true },
  domains: { type: 'array', required: true, max: 50 },
  enabled: { type: 'boolean', required: true },
  required: { type: 'boolean' },
  signsOut: { type: 'boolean' },
  version: { type: 'integer', required: true, min: 1, max: 1000000000 },
} as const satisfies Rules;

export const patchMe = {
  name: { type: 'string', min: 1, max: 120 },
  phone: { type: 'string', nullable: true, min: 1, max: 40 },
  language: {
    type: 'enum',
    nullable: true,
    oneOf: ['en', 'de'],
  },
  theme: {
    type: 'enum',
    nullable: true,
    oneOf: ['light', 'dark', 'system'],
  },
  ownTimeZone: { type: 'string', nullable: true, min: 1, max: 64 },
  locale: {
    type: 'enum',
    nullable: true,
    oneOf: [
      'en-US',
      'en-GB',
      'en-IE',
      'en-CA',
      'en-AU',
      'en-NZ',
      'en-IN',
      'en-ZA',
      'en-SG',
      'de-DE',
      'de-AT',
      'de-CH',
      'de-LI',
      'de-LU',
      'de-BE',
    ],
  },
} as const satisfies Rules;

export const patchMeNotifications = {
  toastOff: {
    type: 'array',
    max: 7,
    oneOf: ['assigned', 'mentioned', 'commented', 'state', 'person', 'plugin', 'system'],
  },
  desktopOff: {
    type: 'array',
    max: 7,
    oneOf: ['assigned', 'mentioned', 'commented', 'state', 'person', 'plugin', 'system'],
  },
  mailOff: {
    type: 'array',
    max: 7,
    oneOf: ['assigned', 'mentioned', 'commented', 'state', 'person', 'plugin', 'system'],
  },
  quiet: { type: 'boolean' },
  quietFrom: { type: 'string', min: 5, max: 5 },
  quietTo: { type: 'string', min: 5, max: 5 },
  quietDays: {
    type: 'array',
    min: 1,
    max: 7,
    oneOf: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  },
  urgentAnyway: { type: 'boolean' },
  digest: {
    type: 'enum',
    oneOf: ['never', 'hourly', 'daily'],
  },
  digestAt: { type: 'string', min: 5, max: 5 },
} as const satisfies Rules;

export const putMeDashboard = {
  widgets: { type: 'array', required: true, max: 40 },
} as const satisfies Rules;

export const patchMePasskeys = {
  name: { type: 'string', required: true, min: 1, max: 60 },
} as const satisfies Rules;

export const putPresence = {
  entity: { type: 'string', required: true, min: 1, max: 100 },
  conn: { type: 'uuid', required: true },
  typing: { type: 'boolean' },
} as const satisfies Rules;

export const postStorage = {
  items: { type: 'array', required: true, min: 1, max: 100 },
} as const satisfies Rules;

export const postStorageIncrement = {
  key: { type: 'string', required: true, min: 1, max: 400 },
  by: { type: 'integer', required: true, min: -9007199254740991, max: 9007199254740991 },
} as const satisfies Rules;

export const postMePluginShows = {
  items: { type: 'array', required: true, min: 1, max: 50 },
} as const satisfies Rules;

export const postRegistration = {
  companyName: { type: 'string', required: true, min: 1, max: 120 },
  companyCode: { type: 'string', required: true, min: 2, max: 40 },
  organization: { type: 'string', nullable: true, min: 1, max: 120 },
  name: { type: 'string', required: true, min: 1, max: 120 },
  email: { type: 'email', required: true, min: 3, max: 254 },
  timeZone: { type: 'string', min: 1, max: 64 },
  language: {
    type: 'enum',
    oneOf: ['en', 'de'],
  },
  token: { type: 'string', min: 43, max: 43 },
} as const satisfies Rules;

export const postRegistrationLink = {
  token: { type: 'string', required: true, min: 43, max: 43 },
} as const satisfies Rules;

export const postAuthLogin = {
  email: { type: 'string', required: true, min: 1, max: 254 },
  password: { type: 'text', required: true, min: 1, max: 1024 },
} as const satisfies Rules;

export const postAuthToken = {
  email: { type: 'string', required: true, min: 1, max: 254 },
  password: { type: 'text', required: true, min: 1, max: 1024 },
  code: { type: 'string', min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthConfirm = {
  password: { type: 'text', required: true, min: 1, max: 1024 },
} as const satisfies Rules;

export const postAuthLink = {
  token: { type: 'string', required: true, min: 43, max: 43 },
} as const satisfies Rules;

export const postAuthLinkPassword = {
  token: { type: 'string', required: true, min: 43, max: 43 },
  password: { type: 'text', required: true, min: 1, max: 1024 },
  code: { type: 'string', min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthForgotten = {
  email: { type: 'email', required: true, min: 3, max: 254 },
} as const satisfies Rules;

export const postAuthPassword = {
  old: { type: 'text', required: true, min: 1, max: 1024 },
  new: { type: 'text', required: true, min: 1, max: 1024 },
  endTokens: { type: 'boolean' },
} as const satisfies Rules;

export const postAuthSecondFactor = {
  code: { type: 'string', required: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthSecondFactorActivate = {
  code: { type: 'string', required: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthSecondFactorCodes = {
  code: { type: 'string', required: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthSecondFactorRemove = {
  code: { type: 'string', required: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postAuthPasskeysSignIn = {
  id: { type: 'string', required: true, min: 1, max: 1364 },
  clientDataJSON: { type: 'string', required: true, min: 1, max: 4096 },
  authenticatorData: { type: 'string', required: true, min: 1, max: 4096 },
  signature: { type: 'string', required: true, min: 1, max: 1024 },
  userHandle: { type: 'string', required: true, min: 1, max: 86 },
} as const satisfies Rules;

export const postAuthPasskeys = {
  name: { type: 'string', required: true, min: 1, max: 60 },
  clientDataJSON: { type: 'string', required: true, min: 1, max: 4096 },
  authenticatorData: { type: 'string', required: true, min: 1, max: 4096 },
} as const satisfies Rules;

export const postAuthSetup = {
  token: { type: 'string', required: true, min: 43, max: 43 },
} as const satisfies Rules;

export const postAuthSetupFinish = {
  token: { type: 'string', required: true, min: 43, max: 43 },
  name: { type: 'string', required: true, min: 1, max: 120 },
  email: { type: 'email', required: true, min: 3, max: 254 },
  password: { type: 'text', required: true, min: 1, max: 1024 },
  companyName: { type: 'string', required: true, min: 1, max: 120 },
  companyCode: { type: 'string', required: true, min: 1, max: 40 },
  otherName: { type: 'string', min: 1, max: 120 },
  otherEmail: { type: 'email', min: 3, max: 254 },
} as const satisfies Rules;

export const postAuthOidcCheck = {
  issuer: { type: 'string', required: true, min: 8, max: 200 },
} as const satisfies Rules;

export const postPluginsMarketplaceFetch = {
  version: { type: 'string', min: 1, max: 63 },
} as const satisfies Rules;

export const postPluginsInstall = {
  permissions: { type: 'array', max: 100 },
  pluginKey: { type: 'string', required: true, min: 1, max: 40 },
  version: { type: 'string', min: 1, max: 63 },
  tenant: { type: 'string', min: 1, max: 63 },
  enable: { type: 'boolean' },
} as const satisfies Rules;

export const putPluginsInstallationsConfiguration = {
  values: { type: 'object', required: true },
  version: { type: 'integer', max: 2147483647 },
} as const satisfies Rules;

export const postPluginsInstallationsConfigurationReset = {
  version: { type: 'integer', max: 2147483647 },
} as const satisfies Rules;

export const postPluginsInstallationsConfigurationGenerate = {
  key: { type: 'string', required: true, min: 1, max: 100 },
} as const satisfies Rules;

export const postPluginsTestConnection = {
  values: { type: 'object' },
} as const satisfies Rules;

export const postPluginsReload = {
  pluginKey: { type: 'string', nullable: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postPluginsInstallationsUpgrade = {
  version: { type: 'string', min: 1, max: 63 },
  permissions: { type: 'array', max: 100 },
} as const satisfies Rules;

export const postPluginsCatalogApprove = {
  permissions: { type: 'array', max: 100 },
} as const satisfies Rules;

export const postPluginsRollouts = {
  pluginKey: { type: 'string', required: true, min: 1, max: 40 },
  version: { type: 'string', required: true, min: 1, max: 63 },
  percent: { type: 'integer', required: true, min: 1, max: 100 },
  permissions: { type: 'array', max: 100 },
} as const satisfies Rules;

export const postPluginsInstallationsDev = {
  state: {
    type: 'enum',
    required: true,
    oneOf: ['error', 'reloaded'],
  },
  stage: { type: 'string', min: 1, max: 40 },
  text: { type: 'text', max: 8000 },
  ms: { type: 'integer', max: 600000 },
} as const satisfies Rules;

export const postPluginsInstallationsDevFaults = {
  message: { type: 'text', required: true, min: 1, max: 500 },
  stack: { type: 'text', max: 900 },
} as const satisfies Rules;

export const postTenants = {
  code: { type: 'string', required: true, min: 2, max: 40 },
  name: { type: 'string', required: true, min: 1, max: 120 },
  adminName: { type: 'string', required: true, min: 1, max: 120 },
  adminEmail: { type: 'email', required: true, min: 3, max: 254 },
  organization: { type: 'string', nullable: true, min: 1, max: 120 },
} as const satisfies Rules;

export const postTenantsSuspend = {
  reason: { type: 'string', nullable: true, min: 1, max: 500 },
} as const satisfies Rules;

export const putTenantsLimits = {
  people: { type: 'integer', nullable: true, max: 10000000 },
  storageMb: { type: 'integer', nullable: true, max: 1000000000 },
  plugins: { type: 'integer', nullable: true, max: 100000 },
} as const satisfies Rules;

export const putTenantsOrganization = {
  organization: { type: 'string', required: true, min: 1, max: 120 },
} as const satisfies Rules;

export const postTenantsDeletion = {
  code: { type: 'string', required: true, min: 1, max: 40 },
} as const satisfies Rules;

export const postRegistrationsLinks = {
  email: { type: 'email', min: 3, max: 254 },
  language: {
    type: 'enum',
    oneOf: ['en', 'de'],
  },
} as const satisfies Rules;

export const postRegistrationsApprove = {
  code: { type: 'string', min: 2, max: 40 },
  organization: { type: 'string', nullable: true, min: 1, max: 120 },
} as const satisfies Rules;

export const postRegistrationsRefuse = {
  reason: { type: 'string', required: true, min: 1, max: 500 },
} as const satisfies Rules;

export const putOrganizations = {
  name: { type: 'string', required: true, min: 1, max: 120 },
} as const satisfies Rules;

export const postNotificationsEveryone = {
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsOrganization = {
  organization: { type: 'string', required: true, min: 1, max: 120 },
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;

export const postNotificationsOneCompany = {
  company: { type: 'string', required: true, min: 1, max: 40 },
  title: { type: 'string', required: true, min: 1, max: 120 },
  message: { type: 'text', required: true, min: 1, max: 1000 },
  icon: { type: 'string', min: 1, max: 16 },
  url: { type: 'string', nullable: true, min: 1, max: 500 },
  priority: {
    type: 'enum',
    oneOf: ['low', 'normal', 'high'],
  },
} as const satisfies Rules;
