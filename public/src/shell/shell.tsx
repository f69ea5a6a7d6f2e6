/** The pages of a company, and what stands around them. */
import { lazy, Suspense, useEffect } from 'react';
import { may, useMe } from '../auth/session';
import { useUnread } from '../inbox/data';
import { DevOverlay } from '../plugins/dev';
import { PluginLoader } from '../plugins/loader';
import { PluginRegistryProvider } from '../plugins/registry';
import { Link, navigate, usePlace } from '../router/router';
import { KEYS, T } from '../text';
import { TicketsPage } from '../tickets/tickets-page';
import { targetOf } from '../toasts/follow';
import { useToastsFromEvents } from '../toasts/from-events';
import { clearToasts } from '../toasts/store';
import { CrashBoundary } from '../ui/crash';
import { Bars, Empty } from '../ui/states';
import { ConnectionBanner, ConnectionDot } from './connection';
import { Page } from '../ui/page';
import { Rail, type NavItem } from './rail';

const PeoplePage = lazy(() => import('../people/people-page'));
const ReportsPage = lazy(() => import('../reports/reports-page'));
const InboxPage = lazy(() => import('../inbox/inbox-page'));
const NotifyPage = lazy(() => import('../notify/notify-page'));
const RolesPage = lazy(() => import('../roles/roles-page'));
const PluginsPage = lazy(() => import('../market/plugins-page'));
const ManagePage = lazy(() => import('../manage/manage-page'));

const NAV: readonly NavItem[] = [
  { path: '/tickets', label: T.nav.tickets, icon: 'tickets', key: 'g t' },
  { path: '/inbox', label: T.nav.inbox, icon: 'bell', key: 'g i' },
  { path: '/people', label: T.nav.people, icon: 'people', permission: 'users:read', key: 'g p' },
  { path: '/reports', label: T.nav.reports, icon: 'reports', key: 'g r' },
  {
    path: '/notify',
    label: T.nav.notify,
    icon: 'send',
    permission: 'notifications:send',
    key: 'g n',
    more: true,
  },
  {
    path: '/plugins',
    label: T.nav.plugins,
    icon: 'plugin',
    permission: 'plugins:manage',
    key: 'g s',
    more: true,
  },
  {
    path: '/settings/roles',
    label: T.nav.roles,
    icon: 'shield',
    permission: 'roles:manage',
    key: 'g o',
    more: true,
  },
];

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
const MOVED: Record<string, string> = {
  '/': '/tickets',
  '/settings/plugins': '/plugins',
  '/system/plugins': '/plugins',
};

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
  const item = NAV.find((n) => n.path === path);
  if (!item || (item.permission && !may(me, item.permission))) return <NotFound />;
  if (path === '/inbox') return <InboxPage />;
  if (path === '/people') return <PeoplePage />;
  if (path === '/reports') return <ReportsPage />;
  if (path === '/notify') return <NotifyPage />;
  if (path === '/settings/roles') return <RolesPage />;
  return <PluginsPage />;
}

function Frame() {
  const me = useMe();
  const { path } = usePlace();
  useToastsFromEvents(me.id);
  const unread = useUnread();
  // One person's notifications are not for the next one at this screen.
  useEffect(() => clearToasts, []);
  return (
    <Rail
      title={me.tenantName}
      items={NAV.filter((n) => !n.permission || may(me, n.permission)).map((n) =>
        n.path === '/inbox' ? { ...n, unread } : n,
      )}
      keys={KEYS}
      foot={<ConnectionDot />}
    >
      <ConnectionBanner />
      <CrashBoundary key={path.split('/')[1]}>
        <Suspense fallback={<Bars rows={8} label={T.loading} />}>
          <Content path={path} />
        </Suspense>
      </CrashBoundary>
      <DevOverlay />
    </Rail>
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
