/** What stands around every page: the rail (a bar at the bottom of phones), toasts, shortcuts. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { may, useMe } from '../auth/session';
import { DevOverlay } from '../plugins/dev';
import { PluginLoader } from '../plugins/loader';
import { PluginRegistryProvider } from '../plugins/registry';
import { Link, navigate, usePlace } from '../router/router';
import { T } from '../text';
import { TicketsPage } from '../tickets/tickets-page';
import { targetOf } from '../toasts/follow';
import { useToastsFromEvents } from '../toasts/from-events';
import { clearToasts } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { CrashBoundary } from '../ui/crash';
import { Icon, type IconName } from '../ui/icons';
import { Bars, Empty } from '../ui/states';
import { AccountMenu } from './account-menu';
import { ConnectionBanner, ConnectionDot } from './connection';
import { useKey } from '../ui/keys';
import { KeysDialog } from './keys-dialog';
import { Page } from '../ui/page';

const PeoplePage = lazy(() => import('../people/people-page'));
const ReportsPage = lazy(() => import('../reports/reports-page'));
const NotifyPage = lazy(() => import('../notify/notify-page'));
const RolesPage = lazy(() => import('../roles/roles-page'));
const PluginsPage = lazy(() => import('../market/plugins-page'));
const ManagePage = lazy(() => import('../manage/manage-page'));
const SystemPage = lazy(() => import('../system/system-page'));

interface NavItem {
  path: string;
  label: string;
  icon: IconName;
  permission?: string;
  /** Pages that belong to it and stand elsewhere. */
  also?: readonly string[];
  key: string;
}

const NAV: readonly NavItem[] = [
  { path: '/tickets', label: T.nav.tickets, icon: 'tickets', key: 'g t' },
  { path: '/people', label: T.nav.people, icon: 'people', permission: 'users:read', key: 'g p' },
  { path: '/reports', label: T.nav.reports, icon: 'reports', key: 'g r' },
  {
    path: '/notify',
    label: T.nav.notify,
    icon: 'send',
    permission: 'notifications:send',
    key: 'g n',
  },
  {
    path: '/plugins',
    also: ['/system/plugins'],
    label: T.nav.plugins,
    icon: 'plugin',
    permission: 'plugins:manage',
    key: 'g s',
  },
  {
    path: '/settings/roles',
    label: T.nav.roles,
    icon: 'shield',
    permission: 'roles:manage',
    key: 'g o',
  },
];

function NavLink({ item, path }: { item: NavItem; path: string }) {
  const current = [item.path, ...(item.also ?? [])].some(
    (p) => path === p || path.startsWith(`${p}/`),
  );
  useKey(item.key, () => navigate(item.path));
  return (
    <li>
      <Link
        to={item.path}
        className="nav-link"
        aria-current={current ? 'page' : undefined}
        title={`${item.label} (${item.key})`}
      >
        <Icon name={item.icon} />
        <span>{item.label}</span>
      </Link>
    </li>
  );
}

function NotFound() {
  return (
    <Page title={T.notFound.title}>
      <Empty icon="search" title={T.notFound.title} text={T.notFound.text}>
        <Link to="/tickets">{T.notFound.back}</Link>
      </Empty>
    </Page>
  );
}

/** Addresses that pages had once. */
const MOVED: Record<string, string> = { '/': '/tickets', '/settings/plugins': '/plugins' };

function Content({ path }: { path: string }) {
  const me = useMe();
  const moved = MOVED[path] ?? targetOf(path.startsWith('/tab/') ? path : null);
  const to = typeof moved === 'string' ? moved : moved?.kind === 'page' ? moved.path : null;
  useEffect(() => {
    if (to) navigate(to, { replace: true });
  }, [to]);
  if (to) return null;
  if (path === '/tickets' || /^\/tickets\/[^/]+$/.test(path)) return <TicketsPage />;
  const manage = /^\/plugins\/([a-z][a-z0-9-]*)\/manage$/.exec(path);
  if (manage && may(me, 'plugins:manage')) return <ManagePage pluginKey={manage[1]!} />;
  if (path === '/system/plugins' && may(me, 'plugins:upload')) return <SystemPage />;
  const item = NAV.find((n) => n.path === path);
  if (!item || (item.permission && !may(me, item.permission))) return <NotFound />;
  if (path === '/people') return <PeoplePage />;
  if (path === '/reports') return <ReportsPage />;
  if (path === '/notify') return <NotifyPage />;
  if (path === '/settings/roles') return <RolesPage />;
  return <PluginsPage />;
}

function Frame() {
  const me = useMe();
  const { path } = usePlace();
  const [keysOpen, setKeysOpen] = useState(false);
  const [menuAt, setMenuAt] = useState<HTMLElement | null>(null);
  const main = useRef<HTMLElement>(null);
  useKey('?', () => setKeysOpen(true));
  useToastsFromEvents(me.id);
  // What one person was told is not for the next one at this screen.
  useEffect(() => clearToasts, []);
  const items = NAV.filter((n) => !n.permission || may(me, n.permission));
  return (
    <div className="shell">
      <a
        className="skip-link"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          main.current?.focus();
        }}
      >
        {T.skip}
      </a>
      <nav className="rail" aria-label={T.nav.label}>
        <div className="rail-head">
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={20} height={20} />
          <span className="rail-tenant" title={me.tenantName}>
            {me.tenantName}
          </span>
        </div>
        <ul className="rail-items" data-count={items.length}>
          {items.map((item) => (
            <NavLink key={item.path} item={item} path={path} />
          ))}
          <li className="rail-account-item">
            <button
              type="button"
              className="nav-link"
              aria-haspopup="menu"
              aria-label={T.account.open(me.name)}
              onClick={(e) => setMenuAt(e.currentTarget)}
            >
              <Avatar name={me.name} />
              <span>{T.account.short}</span>
            </button>
          </li>
        </ul>
        <div className="rail-foot">
          <ConnectionDot />
          <button
            type="button"
            className="rail-account"
            aria-haspopup="menu"
            aria-label={T.account.open(me.name)}
            onClick={(e) => setMenuAt(e.currentTarget)}
          >
            <Avatar name={me.name} />
            <span className="rail-account-text">
              <strong>{me.name}</strong>
              <span>{me.roles.join(', ')}</span>
            </span>
          </button>
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="main">
        <ConnectionBanner />
        <CrashBoundary key={path.split('/')[1]}>
          <Suspense fallback={<Bars rows={8} label={T.loading} />}>
            <Content path={path} />
          </Suspense>
        </CrashBoundary>
      </main>
      <DevOverlay />
      <AccountMenu
        anchor={menuAt}
        onClose={() => setMenuAt(null)}
        onKeys={() => setKeysOpen(true)}
      />
      <KeysDialog open={keysOpen} onClose={() => setKeysOpen(false)} />
    </div>
  );
}

export function Shell() {
  return (
    <PluginRegistryProvider>
      <PluginLoader />
      <Frame />
    </PluginRegistryProvider>
  );
}
