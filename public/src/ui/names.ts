/** Names that the server gives in English, and those of the roles that a company made. */
import { texts } from '../text';

const ownOf = (names: object, key: string): string | undefined =>
  Object.hasOwn(names, key) ? (names as Record<string, string>)[key] : undefined;

/** What a catalogue calls one of the server's words, where it knows it. */
export const nameIn = (names: object, key: string, otherwise = key): string =>
  ownOf(names, key) ?? otherwise;

const BUILT_IN = ['Technician', 'Dispatcher', 'Admin'];
let ownRoles: Readonly<Record<string, string>> = {};
/** Of the company, by id: /api/me says them. */
export const setOwnRoles = (names: Readonly<Record<string, string>> = {}): void => {
  ownRoles = names;
};

/** All that people of a company can be given by it. */
export const companyRoles = (): string[] => [...BUILT_IN, ...Object.keys(ownRoles)];

/** Is there such a role, still? */
export const isRole = (role: string): boolean =>
  Object.hasOwn(texts.roleNames, role) || Object.hasOwn(ownRoles, role);

export const roleName = (role: string): string =>
  nameIn(texts.roleNames, role, ownOf(ownRoles, role) ?? role);

export const roleNames = (roles: readonly string[]): string => roles.map(roleName).join(', ');

export const stateName = (state: { key: string; label: string }): string =>
  ownOf(texts.stateNames, state.key) ?? state.label;
