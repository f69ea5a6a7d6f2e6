/** Made by `mortise-api --types` from the tables of the resources; a test compares. */

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
}

export interface TicketCreate {
  title: string;
  description?: string;
  state?: string;
  priority?: 'low' | 'normal' | 'high' | 'urgent';
  assigneeId?: string | null;
}

export interface TicketChange {
  title?: string;
  description?: string;
  state?: string;
  priority?: 'low' | 'normal' | 'high' | 'urgent';
  assigneeId?: string | null;
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
  roles: string[];
  active: boolean;
}

export interface Role {
  role: 'Technician' | 'Dispatcher' | 'Admin' | 'SystemAdmin';
  label: string;
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
  kind: 'user' | 'role' | 'company';
  fromUserId: string | null;
  fromUserName: string | null;
  pluginKey: string | null;
  /** of Mortise's own: key and values of title and message */
  text: Record<string, unknown> | null;
  read: boolean;
  sentAt: string;
}
