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
  createdAt: string;
}

export interface CommentCreate {
  body: string;
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
