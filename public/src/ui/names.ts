/** Names that the server gives in English, and that are the same in every company. */
import { T } from '../text';

const ownOf = (names: object, key: string): string | undefined =>
  Object.hasOwn(names, key) ? (names as Record<string, string>)[key] : undefined;

export const roleName = (role: string): string => ownOf(T.roleNames, role) ?? role;

export const roleNames = (roles: readonly string[]): string => roles.map(roleName).join(', ');

export const stateName = (state: { key: string; label: string }): string =>
  ownOf(T.stateNames, state.key) ?? state.label;
