/** Names that a manifest and a component share. */

import type { CorePermission } from './slots';

/** One that a plugin defines itself (`definesPermissions`), by its full name. */
export type OwnPermission<Key extends string = string> = `${Key}:${string}`;
export type Permission = CorePermission | OwnPermission;

/** What can be sent as JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
