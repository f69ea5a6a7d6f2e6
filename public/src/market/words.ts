/** Permissions in words: what somebody agrees to, not how it is spelled. */
import { P } from '../text/plugins';

export interface PermissionWords {
  name: string;
  title: string;
  detail: string;
  /** Reaches beyond reading what the plugin's users see anyway. */
  notable: boolean;
}

// Exactly what sql/bootstrap-handover.sql grants: people decide by these words.
const CORE: Record<string, Omit<PermissionWords, 'name'>> = {
  'tickets:read': {
    title: 'See tickets',
    detail:
      'Titles, states, priorities and who works on them, of your company only. No descriptions.',
    notable: false,
  },
  'tickets:write': {
    title: 'Change tickets',
    detail:
      'Change the state, the priority and who works on it. It can’t create or delete tickets.',
    notable: true,
  },
  'users:read': {
    title: 'See people',
    detail: 'Names and roles of your company’s people. No email addresses.',
    notable: false,
  },
  'notifications:send': {
    title: 'Send notifications',
    detail: 'Messages that appear on the screens of your company’s people.',
    notable: false,
  },
};

const TITLES: Record<string, string> = {
  'users:write': 'Change people',
  'stats:read': 'See statistics',
};

/** What one permission means. Packages that were here before may ask for what no version serves yet. */
export function wordsOf(name: string): PermissionWords {
  const known = CORE[name];
  if (known) return { name, ...known };
  return {
    name,
    title: TITLES[name] ?? name,
    detail: TITLES[name] ? '' : P.unserved,
    notable: true,
  };
}

/** What is asked for beyond what was allowed, the notable ones first. */
export function asksFor(
  permissions: readonly string[],
  consented: readonly string[] = [],
): PermissionWords[] {
  const fresh = permissions.filter((p) => !consented.includes(p)).map(wordsOf);
  return [...fresh.filter((p) => p.notable), ...fresh.filter((p) => !p.notable)];
}
