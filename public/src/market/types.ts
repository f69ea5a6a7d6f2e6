/** What the marketplace, the life cycle and the view across tenants answer. */
import type { Text } from '../text';
import type { Compatible, InstallationState, Items, Trust } from '../api/types';

export interface MarketEntry {
  key: string;
  name?: string;
  displayName: string;
  description: string;
  longDescription?: string | null;
  version: string;
  author?: string | null;
  category?: string | null;
  iconUrl?: string | null;
  tags?: string[];
  keywords?: string[];
  features?: Feature[];
  isOfficial?: boolean;
  requiresConfiguration?: boolean;
  permissions?: string[];
  host?: string | null;
  compatible?: Compatible | null;
  installed?: { id: string; version: string; state: InstallationState } | null;
  updateAvailable?: boolean;
  size?: number | null;
  /** Of the package, as the catalogue gives it: what comes has to match. */
  sha256?: string | null;
}

/** What only the page of one plugin needs. */
export interface MarketDetails extends MarketEntry {
  screenshots: { url: string; caption: string }[];
  /** Of the version that is offered, and of those before it. */
  changelog: string | null;
}

export interface Feature {
  name: string;
  description?: string;
  displayOrder?: number;
}

export interface Market {
  items: MarketEntry[];
  fetchedAt: string | null;
  ageSeconds: number | null;
  stale: boolean;
  source: string;
  error?: string | null;
  errorText?: Text | null;
  /** Entries of the catalogue that were left out, for who may manage plugins. */
  warnings?: { entry: string | null; pointer: string; detail: string; detailText?: Text | null }[];
}

export interface Category {
  id: string;
  name: string;
  description?: string;
  count?: number;
}

/** An operation of the lifecycle that is under way. */
export interface Step {
  id: string;
  pluginKey: string;
  op: string;
  /** Which of how many; 0 of 0 while that isn't known. */
  step: number;
  of: number;
  label: string;
  startedAt: string;
  cancellable: boolean;
}

export interface Activity {
  id: string | number;
  at: string;
  op: string;
  fromVersion: string | null;
  version: string | null;
  userId: string | null;
  userName: string | null;
  outcome: 'ok' | 'failed' | 'undone';
  detail: string | null;
  detailText?: Text | null;
}

export interface Job {
  name: string;
  label: string;
  /** As in crontab; null = it is started by the plugin's code or by hand. */
  schedule: string | null;
  timeZone: string;
  nextAt: string | null;
  pausedAt: string | null;
  pausedBy: string | null;
  waiting: number;
  lastState: string | null;
  lastAt: string | null;
}

/** A job that runs, waits or has ended, or an event on its way to the plugin. */
export interface WorkItem {
  id: number;
  kind: 'job' | 'event';
  name: string;
  state: 'due' | 'running' | 'done' | 'failed' | 'cancelled';
  attempts: number;
  attemptsMax: number;
  askedBy: 'schedule' | 'plugin' | 'person' | 'event';
  askedName: string | null;
  args: Record<string, unknown>;
  key: string;
  createdAt: string;
  dueAt: string;
  startedAt: string | null;
  endedAt: string | null;
  progress: number | null;
  progressText: string | null;
  requestId: string | null;
  fault: string | null;
  faultText: Text | null;
}

/** A call of the plugin to another server. */
export interface FetchLine {
  id: number;
  at: string;
  requestId: string;
  method: string;
  host: string;
  path: string;
  status: number | null;
  bytesSent: number;
  bytes: number;
  ms: number;
  error: string | null;
}

export interface UsageDay {
  day: string;
  calls: number;
  errors: number;
  msAvg: number;
  msMax: number;
  cpuMs: number;
}

/** What browsers measured of one component. */
export interface ShownComponent {
  component: string;
  shows: number;
  renderMsAvg: number;
  renderMsMax: number;
  /** Shown while its bundle had to be fetched. */
  firsts: number;
  firstMsAvg: number;
  firstMsMax: number;
}

export interface Usage {
  days: UsageDay[];
  components: ShownComponent[];
  rows: number | null;
  bytes: number | null;
  workers: number | null;
  /** By this company, since the server counts them. */
  installs: number;
  uninstalls: number;
  failedInstalls: number;
}

/** A process with the plugin's code in it. */
export interface Guest {
  pid: number;
  /** The process that it answers to. */
  host: number;
  version: string | null;
  /** Whom it serves; null = nobody yet, or all. */
  company: { code: string; name: string } | null;
  isolation: 'tenant' | 'shared';
  /** Null where it would tell of other companies. */
  requests: number | null;
  idleSeconds: number | null;
  rssKb: number;
  /** What is in force, in the kernel's words. */
  sandbox: string;
}

export interface LogLine {
  time?: string | null;
  level?: string | null;
  message: string;
  /** Of lines about a request. */
  method?: string;
  path?: string;
  status?: string;
  ms?: string;
  /** Why a request failed, and where: of a crash its route and its backtrace. */
  detail?: string;
  error?: string;
  how?: string;
  route?: string;
  trace?: string;
  version?: string;
}

export interface LogPage {
  items: LogLine[];
  /** Where to read on, towards the past and towards now. */
  before: string | null;
  after: string | null;
}

export interface Exported {
  exportId: string;
  url: string;
  size: number;
  expiresAt: string;
}

export interface StoredExport {
  id: string;
  pluginKey: string;
  createdAt: string;
  createdBy: string | null;
  expiresAt: string;
  size: number;
  url: string;
}

export type RolloutState = 'running' | 'paused' | 'done' | 'cancelled' | 'failed';

export interface Rollout {
  id: string;
  pluginKey: string;
  version: string;
  percent: number;
  state: RolloutState;
  total: number;
  done: number;
  failures: { tenant: string; error: string; errorText?: Text | null }[];
  startedAt: string;
  startedBy?: string | null;
}

export interface OverviewVersion {
  version: string;
  tenants: number;
  trust: Trust;
  approved: boolean;
  quarantined: boolean;
  quarantineReason?: string | null;
}

export interface OverviewPlugin {
  pluginKey: string;
  displayName: string;
  versions: OverviewVersion[];
  tenants: { code: string; name: string; version: string; state: InstallationState }[];
}

export interface TrustStore {
  policy: 'required' | 'warn' | 'off';
  keys: { id: string; name: string; addedAt: string; revokedAt: string | null }[];
}

/** A namespace of a plugin's storage by key. */
export interface StorageSpace {
  name: string;
  description: string | null;
  history: number;
  ttl: number | null;
  quotaMb: number | null;
  read: string | null;
  write: string | null;
  declared: boolean;
  keys: number;
  bytes: number;
}
export interface StorageUse extends Items<StorageSpace> {
  bytes: number;
  quota: number;
}
/** As a request stores it: a value, or bytes as base64. */
export interface StoredItem {
  key: string;
  value?: unknown;
  data?: string | null;
}
export interface StoredValue {
  key: string;
  value: unknown;
  data: string | null;
  bytes: boolean;
  size: number;
  version: number;
  updatedAt: string;
  expiresAt: string | null;
}
export interface StorageItem extends StoredValue {
  preview: string | null;
  updatedBy: string | null;
}
export interface StoredVersion {
  version: number;
  value: unknown;
  bytes: boolean;
  size: number;
  updatedAt: string;
  updatedBy: string | null;
  /** When it was replaced; null = it is the present one. */
  until: string | null;
}
/** What was deleted and can be restored for 30 days. */
export interface DeletedItem {
  key: string;
  version: number;
  size: number;
  deletedAt: string;
}
