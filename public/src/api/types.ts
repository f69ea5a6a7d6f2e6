/** What the API answers, as the contract has it. Times are RFC 3339 in UTC, ids are uuids. */
import type { RenderType } from '../../sdk/src/slots';

import type { Language, Text } from '../text';
import type { Ticket, TicketChange } from './resources';

export interface Me {
  id: string;
  email: string;
  name: string;
  tenant: string;
  tenantId: number;
  tenantName: string;
  /** In which the company's days begin and end: Europe/Berlin. */
  timeZone: string;
  roles: string[];
  /** Of the roles that the company made for itself, by id. */
  roleNames?: Record<string, string>;
  permissions: string[];
  /** Where a system admin goes for what reaches beyond the company; there it is not set. */
  systemUrl?: string;
  /** A role needs two-step sign-in: nothing works before it is set up. */
  needsSecondFactor?: boolean;
  /** What the person chose, for every browser. */
  phone?: string;
  language?: Language;
  theme?: 'light' | 'dark' | 'system';
  /** By which times are shown; else by the company's. */
  ownTimeZone?: string;
  /** Whose dates and numbers: de-AT; else the company's, if it has one. */
  locale?: string;
  tenantLocale?: string;
  /** Hashes of pictures. */
  photo?: string;
  tenantLogo?: string;
}

export type {
  Attachment,
  Comment,
  CustomField,
  Team,
  Ticket,
  TicketState,
  User,
  View,
} from './resources';

export type Priority = Ticket['priority'];

export type TicketPatch = TicketChange;

export interface TicketPage {
  items: Ticket[];
  nextCursor: string | null;
  total: number;
  /** What was searched for in place of a word that no ticket has. */
  corrected?: string;
}

export interface HistoryEntry {
  id: string | number;
  at: string;
  userId: string;
  userName: string;
  changes: Record<string, [unknown, unknown]>;
}

/** How one hears of notifications: what is off, by kind. */
export interface NotificationPreferences {
  toastOff: ('assigned' | 'mentioned' | 'commented' | 'state' | 'person' | 'plugin' | 'system')[];
  desktopOff: NotificationPreferences['toastOff'];
  mailOff: NotificationPreferences['toastOff'];
  quiet: boolean;
  /** "22:00", by the clock of timeZone; the next day where quietTo isn't later. */
  quietFrom: string;
  quietTo: string;
  /** On which they begin. */
  quietDays: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  urgentAnyway: boolean;
  digest: 'never' | 'hourly' | 'daily';
  digestAt: string;
  timeZone: string;
  /** Whether this server sends mails. */
  mail: boolean;
}

/** Where the person is signed in. */
export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface OwnSession {
  id: string;
  kind: 'cookie' | 'system' | 'token';
  current: boolean;
  browser: string | null;
  platform: string | null;
  address: string | null;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string;
}

export interface ActiveUser {
  userId: string;
  userName: string;
  role: string;
  connectedAt: string;
}

export interface NotificationStats {
  totalConnections: number;
  byCompany: Record<string, number>;
  byRole: Record<string, number>;
}

export interface SlotEntry {
  slotId: string;
  componentName: string;
  renderType: RenderType;
  props?: Record<string, unknown>;
  /** Of a modal: the component that opens it. */
  trigger?: string;
  /** Only for people who have it. */
  permission?: string | null;
  /** Of a page: false where the person lacks its permission. */
  allowed?: boolean;
}

/** An entry of the main navigation. */
export interface NavigationEntry {
  id: string;
  label: string;
  icon?: string;
  /** Below /x/<key>. */
  path: string;
  order?: number;
}

export interface PluginUi {
  bundleUrl: string;
  integrity: string;
  globalName: string;
  slots: SlotEntry[];
  /** What the person may see of it. */
  navigation?: NavigationEntry[];
}

export interface ReportComponent {
  id: string;
  title: string;
  description?: string;
  endpoint: string;
  permission?: string | null;
}

export type InstallationState = 'installing' | 'enabled' | 'disabled' | 'removing';
/** Whether it is there, whatever else holds of it: "failed" is one that crashed until it was switched off. */
export type InstallationStatus = 'installing' | 'installed' | 'failed' | 'uninstalling';

/** Who vouches for a package, and whether this server's policy lets it run. */
export interface Trust {
  status: string;
  keyId?: string | null;
  keyName?: string | null;
  comment?: string | null;
  /** Why it isn't what it should be. */
  reason?: string | null;
  reasonText?: Text | null;
  allowed: boolean;
}

/** A permission that a plugin brings with it; its full name is <key>:<name>. */
export interface DefinedPermission {
  name: string;
  label: string;
  description?: string;
  defaultRoles?: string[];
}

export interface Installation {
  id: string;
  pluginKey: string;
  version: string;
  displayName: string;
  description: string;
  state: InstallationState;
  status: InstallationStatus;
  /** Of its package. */
  trust: Trust;
  quarantined: boolean;
  quarantineReason: string | null;
  quarantineReasonText?: Text | null;
  icon: string | null;
  installedAt: string;
  installedBy: string | null;
  permissions: string[];
  ui: PluginUi | null;
  reportComponents?: ReportComponent[];
  /** Plugins that must be enabled before it, with ranges of their versions. */
  dependencies?: { key: string; version: string }[];
  sha256?: string;
  previousVersion?: string | null;
  availableVersion?: string | null;
  canRollback?: boolean;
  consented?: string[];
  requiresConfiguration?: boolean;
  configured?: boolean;
  settingsSchema?: unknown[];
  definesPermissions?: DefinedPermission[];
}

export interface PackageCheck {
  name: string;
  ok: boolean;
  detail?: string;
  detailText?: Text | null;
}

/** What the library calls outside of the SDK. */
export interface Imports {
  allowed?: number;
  notable?: string[];
  forbidden?: string[];
}

export interface Compatible {
  ok: boolean;
  reason?: string | null;
  reasonText?: Text | null;
}

export interface PluginPackage {
  key: string;
  version: string;
  displayName: string;
  description: string;
  sha256: string;
  size: number;
  files: { path: string; size: number; sha256: string }[];
  permissions: string[];
  manifest: Record<string, unknown>;
  /** What its manifest names and this version of Mortise doesn't serve: it came before that was refused. */
  unserved?: string[];
  checks?: PackageCheck[];
  installation?: { id: string; version: string; state: InstallationState } | null;
  quarantined?: boolean;
  quarantineReason?: string | null;
  quarantineReasonText?: Text | null;
  approved?: boolean;
  approvedAt?: string | null;
  source?: 'upload' | 'marketplace' | 'bundled';
  trust: Trust;
  imports?: Imports | null;
  settings?: unknown[];
  definesPermissions?: DefinedPermission[];
  hooks?: string[];
  compatible?: Compatible | null;
}

export interface Items<T> {
  items: T[];
}
