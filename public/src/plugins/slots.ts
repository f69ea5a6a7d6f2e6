/**
 * The slots of the app: what a plugin may fill, and what its component receives there. One map for
 * all of them; a slot is added by a line here and a <PluginSlot> in its page.
 */
import type { ComponentType } from 'react';

export interface SlotProps {
  /** Tabs of the ticket window. */
  'ticket.tabs': { ticketId: string; technicianId: string };
  /** The ticket's menu and its toolbar: menuitem, modal, button. */
  'ticket.actions': { ticketId: string; technicianId: string; onMenuClose?: () => void };
  /** Below a ticket's fields: inline, card. */
  'ticket.details': { ticketId: string; technicianId: string };
  /** The top of the reports page: widget, card. */
  'reports.widgets': Record<never, never>;
  /** A plugin's own panel instead of the form of its settings: inline, raw. Of secrets it learns only
   * whether they are set; what it gives to onConfigChange is kept until onSaveConfiguration stores it. */
  'plugin.config': {
    pluginKey: string;
    installationId: string;
    configData?: Record<string, unknown>;
    onConfigChange?: (key: string, value: string | number | boolean | string[] | null) => void;
    onSaveConfiguration?: () => Promise<unknown>;
    onTestConnection?: () => Promise<{ success: boolean; message: string }>;
    isSavingConfig?: boolean;
    isTestingConnection?: boolean;
  };
}

export type SlotId = keyof SlotProps;

export const RENDER_TYPES = [
  'tab',
  'inline',
  'modal',
  'menuitem',
  'card',
  'button',
  'widget',
  'raw',
] as const;
export type RenderType = (typeof RENDER_TYPES)[number];

/** One component of one plugin in one slot, with its bundle's state. */
export interface SlotComponent {
  /** Unique among all: plugin, slot and component. */
  id: string;
  pluginKey: string;
  pluginName: string;
  slotId: string;
  renderType: RenderType;
  componentName: string;
  props: Record<string, unknown>;
  /** null while the bundle is loading, or when it failed (see error). */
  Component: ComponentType<Record<string, unknown>> | null;
  error: string | null;
  retry: () => void;
}

/** "menu-item" is the other spelling that plugins use; what is unknown is drawn in line. */
export function renderTypeOf(name: string): RenderType {
  const plain = name.replace('-', '').toLowerCase();
  return RENDER_TYPES.find((t) => t === plain) ?? 'inline';
}
