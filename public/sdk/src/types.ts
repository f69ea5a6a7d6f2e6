/** Names that a manifest and a component share. */

/** What a manifest's `permissions` may list. */
export type CorePermission =
  'tickets:read' | 'tickets:write' | 'users:read' | 'notifications:send' | 'storage';
/** A host that the plugin may talk to: `network:api.example.com`, `network:*.example.com`. */
export type NetworkPermission = `network:${string}`;
/** One that a plugin defines itself (`definesPermissions`), by its full name. */
export type OwnPermission<Key extends string = string> = `${Key}:${string}`;
export type Permission = CorePermission | NetworkPermission | OwnPermission;

/** What can be sent as JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** What a component gets as props, by the slot that it stands in. */
export interface SlotProps {
  'ticket.tabs': { ticketId: string; technicianId: string };
  'ticket.actions': { ticketId: string; technicianId: string; onMenuClose?: () => void };
  'ticket.details': { ticketId: string; technicianId: string };
  'reports.widgets': Record<string, never>;
  'plugin.config': { pluginKey: string; installationId: string };
}
export type SlotId = keyof SlotProps;
