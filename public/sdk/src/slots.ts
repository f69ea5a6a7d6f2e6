/**
 * The app's slots, the props of components there, and the permissions that plugins may request.
 * Written by `make types` from the tables that packages are checked with: don't edit it.
 */

/** How a place shows a component. */
export type RenderType =
  | 'tab'
  | 'inline'
  | 'modal'
  | 'menuitem'
  | 'card'
  | 'button'
  | 'widget'
  | 'raw';

/** What a component gets, beside the props that the manifest gives it. */
export interface SlotProps {
  /** A tab of the ticket window. */
  'ticket.tabs': {
    /** The ticket's id. */
    ticketId: string;
    /** Id of the person who is signed in. */
    technicianId: string;
  };
  /** The toolbar of the ticket window (button), its menu (menuitem) and what they open (modal). */
  'ticket.actions': {
    /** The ticket's id. */
    ticketId: string;
    /** Id of the person who is signed in. */
    technicianId: string;
    /** Closes the menu that the entry stands in. */
    onMenuClose: () => void;
  };
  /** Below the fields of a ticket. */
  'ticket.details': {
    /** The ticket's id. */
    ticketId: string;
    /** Id of the person who is signed in. */
    technicianId: string;
  };
  /** The top of the page Reports. */
  'reports.widgets': Record<never, never>;
  /** The tab Settings of the plugin's page, instead of the form made from settings. */
  'plugin.config': {
    /** The plugin's key. */
    pluginKey: string;
    /** Of the plugin in this company. */
    installationId: string;
    /** Values by the settings' keys, with what was changed here. Of a secret only whether it is set. */
    configData: Record<string, unknown>;
    /** Changes a value, which is kept in the page until it is saved. */
    onConfigChange: (key: string, value: string | number | boolean | string[] | null) => void;
    /** Stores what was changed. */
    onSaveConfiguration: () => Promise<void>;
    /** Calls the hook test-connection with the values as they are now. */
    onTestConnection: () => Promise<{ success: boolean; message: string }>;
    /** It is being stored. */
    isSavingConfig: boolean;
    /** The hook is running. */
    isTestingConnection: boolean;
  };
}
export type SlotId = keyof SlotProps;

/** How each place can show a component. */
export const SLOT_RENDER_TYPES: { readonly [S in SlotId]: readonly RenderType[] } = {
  'ticket.tabs': ['tab'],
  'ticket.actions': ['button', 'menuitem', 'modal'],
  'ticket.details': ['inline', 'card'],
  'reports.widgets': ['widget', 'card'],
  'plugin.config': ['inline', 'raw'],
};

/** What `permissions` of a manifest may list. */
export type CorePermission =
  | 'tickets:read'
  | 'tickets:write'
  | 'users:read'
  | 'notifications:send';
