/** Permissions in words: what somebody agrees to, not how it is spelled. */

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
  storage: {
    title: 'Keep files and values',
    detail: 'A store of its own for your company, within limits.',
    notable: false,
  },
};

const TITLES: Record<string, string> = {
  'users:write': 'Change people',
  'stats:read': 'See statistics',
};

function network(pattern: string): Omit<PermissionWords, 'name'> {
  const wide = pattern.startsWith('*.');
  return {
    title: wide ? `Talk to servers of ${pattern.slice(2)}` : `Talk to ${pattern}`,
    detail: wide
      ? `Send data to and receive it from every host that ends in ${pattern.slice(1)}.`
      : `Send data to and receive it from this host, and no other.`,
    notable: true,
  };
}

/** What one permission means. One that this version doesn't know is shown as it is spelled. */
export function wordsOf(name: string): PermissionWords {
  const known = CORE[name];
  if (known) return { name, ...known };
  if (name.startsWith('network:')) return { name, ...network(name.slice('network:'.length)) };
  return { name, title: TITLES[name] ?? name, detail: '', notable: true };
}

/** What is asked for beyond what was allowed, the notable ones first. */
export function asksFor(
  permissions: readonly string[],
  consented: readonly string[] = [],
): PermissionWords[] {
  const fresh = permissions.filter((p) => !consented.includes(p)).map(wordsOf);
  return [...fresh.filter((p) => p.notable), ...fresh.filter((p) => !p.notable)];
}
