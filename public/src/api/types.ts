/** What the API answers, as the contract has it. Times are RFC 3339 in UTC, ids are uuids. */

export interface Me {
  id: string;
  email: string;
  name: string;
  tenant: string;
  tenantId: number;
  tenantName: string;
  roles: string[];
  permissions: string[];
}

export type Priority = 'low' | 'normal' | 'high' | 'urgent';

export interface Ticket {
  id: string;
  number: number;
  title: string;
  description: string;
  state: string;
  stateLabel: string;
  priority: Priority;
  assigneeId: string | null;
  assigneeName: string | null;
  createdBy: string;
  createdByName: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export type TicketPatch = Partial<
  Pick<Ticket, 'title' | 'description' | 'state' | 'priority' | 'assigneeId'>
>;

export interface TicketPage {
  items: Ticket[];
  nextCursor: string | null;
  total: number;
}

export interface TicketState {
  key: string;
  label: string;
  category: 'open' | 'closed';
  position: number;
}

export interface Comment {
  id: string;
  ticketId: string;
  authorId: string;
  authorName: string;
  body: string;
  createdAt: string;
}

export interface HistoryEntry {
  id: string | number;
  at: string;
  userId: string;
  userName: string;
  changes: Record<string, [unknown, unknown]>;
}

export interface User {
  id: string;
  name: string;
  email: string;
  roles: string[];
  active: boolean;
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
  renderType: string;
  props?: Record<string, unknown>;
}

export interface PluginUi {
  bundleUrl: string;
  integrity: string;
  globalName: string;
  slots: SlotEntry[];
}

export interface ReportComponent {
  id: string;
  title: string;
  description?: string;
  endpoint: string;
}

export type InstallationState = 'installing' | 'enabled' | 'disabled' | 'removing';

export interface Installation {
  id: string;
  pluginKey: string;
  version: string;
  displayName: string;
  description: string;
  state: InstallationState;
  /** Of the package: core, signed, unsigned, ... */
  status: string;
  quarantined: boolean;
  quarantineReason: string | null;
  icon: string | null;
  installedAt: string;
  installedBy: string | null;
  permissions: string[];
  ui: PluginUi | null;
  reportComponents?: ReportComponent[];
}

export interface PackageCheck {
  name: string;
  ok: boolean;
  detail?: string;
}

export interface PluginPackage {
  key: string;
  version: string;
  displayName: string;
  description: string;
  sha256: string;
  size: number;
  status: string;
  files: { path: string; size: number; sha256: string }[];
  permissions: string[];
  manifest: Record<string, unknown>;
  checks?: PackageCheck[];
  installation?: { id: string; version: string; state: InstallationState } | null;
}

export interface Items<T> {
  items: T[];
}
