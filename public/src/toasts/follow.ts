/** Where a notification's url leads: an app page, a path, another site. Anything else: nowhere. */
import { navigate } from '../router/router';

const TABS: Record<string, string> = {
  tickets: '/tickets',
  people: '/people',
  users: '/people',
  reports: '/reports',
  notifications: '/inbox',
  inbox: '/inbox',
  notify: '/notify',
  plugins: '/plugins',
  settings: '/plugins',
};

export type Target = { kind: 'page'; path: string } | { kind: 'site'; href: string } | null;

export function targetOf(url: string | null | undefined): Target {
  if (!url) return null;
  const tab = /^\/tab\/([^/?#]+)/.exec(url);
  if (tab) return { kind: 'page', path: TABS[tab[1]!.toLowerCase()] ?? '/tickets' };
  if (/^\/(?![/\\])/.test(url)) return { kind: 'page', path: url };
  if (/^https?:\/\//i.test(url)) {
    try {
      return { kind: 'site', href: new URL(url).href };
    } catch {
      return null;
    }
  }
  return null;
}

export function follow(url: string | null | undefined): void {
  const target = targetOf(url);
  if (target?.kind === 'page') navigate(target.path);
  else if (target?.kind === 'site') window.open(target.href, '_blank', 'noopener,noreferrer');
}
