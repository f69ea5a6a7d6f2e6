/**
 * The app's slots, the props of components there, and the permissions that plugins may request.
 * Written by `make types` from the tables that packages are checked with: don't edit it.
 */
import type { ApiServices } from './types';

/** How a place shows a component. */
export type RenderType =
  | 'tab'
  | 'inline'
  | 'modal'
  | 'menuitem'
  | 'card'
  | 'button'
  | 'widget'
  | 'raw'
  | 'page';

/** What a component gets in its slot. */
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
  /** Below the fields of the form for a new ticket. To store something of yours with the ticket, name a custom field in the manifest. */
  'ticket.form': {
    /** What was entered so far; assigneeId is empty for nobody, custom has the custom fields by key. */
    draft: { title: string; description: string; priority: string; assigneeId: string; custom: Record<string, unknown> };
    /** Enters this into the form; of custom only the fields that are named change. */
    onChange: (change: Partial<{ title: string; description: string; priority: string; assigneeId: string; custom: Record<string, unknown> }>) => void;
  };
  /** A column of the list of tickets, on wide screens; its head is the label of its props. The first two are shown. */
  'tickets.columns': {
    /** The row's ticket. */
    ticketId: string;
    /** Ids of all rows that the list has by now, so that one request serves them all. */
    ticketIds: () => readonly string[];
  };
  /** The bar for the tickets that are selected in the list (button), and what it opens (modal). */
  'tickets.bulk': {
    /** The tickets that are selected. */
    ticketIds: readonly string[];
    /** Ends the selection and reads the list again: when what was asked for is done. */
    onDone: () => void;
  };
  /** The menu of a person's row in the page People (menuitem), and what it opens (modal). */
  'person.actions': {
    /** The person's id. */
    userId: string;
    /** Closes the menu that the entry stands in. */
    onMenuClose: () => void;
  };
  /** The top of the page Reports. */
  'reports.widgets': Record<never, never>;
  /** The tab Settings of the plugin's page, instead of the form made from settings. */
  'plugin.config': {
    /** The plugin's key. */
    pluginKey: string;
    /** Of the plugin in this company. */
    installationId: string;
    /** Values by the settings' keys, with what was changed here. Of a secret only whether it is set: an object that is empty where a text is wanted. */
    configData: Record<string, unknown>;
    /** Changes a value, which is kept in the page until it is saved. Settings that the manifest doesn't declare are stored, too, as they are: declare secrets. */
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
  /** A tab of the page Models, which is there when a plugin has one. */
  'page.models.tabs': Record<never, never>;
  /** A tab of the page Risks, which is there when a plugin has one. */
  'page.risks.tabs': Record<never, never>;
  /** The head of the page Risks (button), its menu (menuitem) and what they open (modal). */
  'page.risks.actions': {
    /** Closes the menu that the entry stands in. */
    onMenuClose: () => void;
  };
  /** A page of the plugin's own at /x/<key>/... */
  'plugin.page': {
    /** The plugin's key. */
    pluginKey: string;
    /** Where one is below /x/<key>: /items/17 for the page /items/:id. */
    path: string;
    /** Values of the :names in the page's path; "*" is what stands in its place. */
    params: Readonly<Record<string, string>>;
    /** Puts this in place of the title that the manifest gives the page, until one leaves it. */
    onTitle: (title: string | null) => void;
  };
  /** A widget of the dashboard, where each person chooses and arranges theirs. */
  'dashboard.widgets': {
    /** The plugin's key. */
    pluginKey: string;
    /** How much room the person gives it: one column, or as wide as the page. On a phone both are as wide as the screen. */
    size: 'small' | 'wide';
  };
}
export type SlotId = keyof SlotProps;

/** What a component gets in every slot. */
export interface SharedProps {
  /** The signed-in person's requests in the shape of axios: paths below /api, with or without a slash before them. */
  apiServices: ApiServices;
  /** Shows a message for a moment; variant is success, error, warning or info. */
  onToast: (toast: { variant?: string; title?: string; body?: string; message?: string }) => void;
  /** Opens the plugin's modal in this slot that has this componentName, or this trigger. */
  onTriggerModal: (name: string) => void;
  /** Reads again what the page shows. */
  onImportComplete: () => void;
}

/** What a modal gets beside them. */
export interface ModalProps {
  /** It is to be shown. */
  open: boolean;
  /** Closes it. */
  onClose: () => void;
}

/** All that a component gets, beside the props that the manifest gives it. */
export type PropsOf<S extends SlotId, R extends RenderType = 'inline'> = SlotProps[S] &
  SharedProps &
  (R extends 'modal' ? ModalProps : unknown);

/** Other names of slots, which manifests may use. */
export const SLOT_ALIASES: Readonly<Record<string, SlotId>> = {
  'page.plugin.config': 'plugin.config',
  'plugin-config': 'plugin.config',
  'project-risks-tab': 'page.risks.tabs',
  'risk-dropdown-menu': 'page.risks.actions',
};

/** How each place can show a component. */
export const SLOT_RENDER_TYPES: { readonly [S in SlotId]: readonly RenderType[] } = {
  'ticket.tabs': ['tab'],
  'ticket.actions': ['button', 'menuitem', 'modal'],
  'ticket.details': ['inline', 'card'],
  'ticket.form': ['inline', 'card'],
  'tickets.columns': ['raw'],
  'tickets.bulk': ['button', 'modal'],
  'person.actions': ['menuitem', 'modal'],
  'reports.widgets': ['widget', 'card'],
  'plugin.config': ['inline', 'card', 'raw'],
  'page.models.tabs': ['tab'],
  'page.risks.tabs': ['tab'],
  'page.risks.actions': ['button', 'menuitem', 'modal'],
  'plugin.page': ['page'],
  'dashboard.widgets': ['widget'],
};

/** What `permissions` of a manifest may list. */
export type CorePermission =
  | 'tickets:read'
  | 'tickets:write'
  | 'users:read'
  | 'notifications:send'
  | 'events:emit'
  | 'storage'
  | 'files';
