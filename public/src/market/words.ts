/** Permissions in words: what somebody agrees to, not how it is spelled. */
import { pluginTexts } from '../text/plugins';

export interface PermissionWords {
  name: string;
  title: string;
  detail: string;
  risk: Risk;
}

/** What can go wrong with it, the worst first. */
export const RISKS = ['change', 'reach', 'read', 'own', 'none'] as const;
export type Risk = (typeof RISKS)[number];

/** Permissions that a plugin can have. Their words say exactly what sql/bootstrap-handover.sql grants. */
const SERVED: Record<string, Risk> = {
  'tickets:read': 'read',
  'tickets:write': 'change',
  'users:read': 'read',
  'notifications:send': 'reach',
  'events:emit': 'reach',
  storage: 'own',
  files: 'own',
};

const NETWORK = 'network:';
const SETTING = 'network:setting:';

/** A server that the plugin calls: named, any, or the one in a setting. */
function networkWords(name: string): PermissionWords {
  const host = name.slice(NETWORK.length);
  const { any, one, ofSetting, detail } = pluginTexts.network;
  if (name.startsWith(SETTING))
    return {
      name,
      title: ofSetting({ setting: name.slice(SETTING.length) }),
      detail,
      risk: 'reach',
    };
  return {
    name,
    title: host.startsWith('*') ? any({ host }) : one({ host }),
    detail,
    risk: 'reach',
  };
}

/** What one permission means. Packages that were here before may ask for what no version serves yet. */
export function wordsOf(name: string): PermissionWords {
  if (name.startsWith(NETWORK)) return networkWords(name);
  const said: { title?: string; detail?: string } | undefined = Object.hasOwn(
    pluginTexts.permissions,
    name,
  )
    ? pluginTexts.permissions[name as keyof typeof pluginTexts.permissions]
    : undefined;
  return {
    name,
    title: said?.title ?? name,
    detail: said?.detail ?? pluginTexts.unserved,
    risk: Object.hasOwn(SERVED, name) ? SERVED[name]! : 'none',
  };
}

/** What is asked for beyond what was allowed, by what can go wrong with it. */
export function asksFor(
  permissions: readonly string[],
  consented: readonly string[] = [],
): { risk: Risk; permissions: PermissionWords[] }[] {
  const fresh = permissions.filter((p) => !consented.includes(p)).map(wordsOf);
  return RISKS.map((risk) => ({
    risk,
    permissions: fresh.filter((p) => p.risk === risk),
  })).filter((group) => group.permissions.length > 0);
}
