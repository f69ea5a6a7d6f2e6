/** The pages of a company, and what stands around them. */
import { Suspense, useEffect, type ReactNode } from 'react';
import { Navigate, Outlet, RouterProvider, useParams, useRouteError } from 'react-router-dom';
import { may, useMe } from '../auth/session';
import { useUnread } from '../inbox/data';
import { DevOverlay } from '../plugins/dev';
import { PluginLoader } from '../plugins/loader';
import { PluginRegistryProvider } from '../plugins/registry';
import { createRouter, Link, usePlace } from '../router/router';
import { T } from '../text';
import { TicketsPage } from '../tickets/tickets-page';
import { targetOf } from '../toasts/follow';
import { useToastsFromEvents } from '../toasts/from-events';
import { clearToasts } from '../toasts/store';
import { CrashBoundary } from '../ui/crash';
import { lazyThemed } from '../ui/lazy';
import { Bars, Empty } from '../ui/states';
import { ConnectionBanner, ConnectionDot } from './connection';
import { Page } from '../ui/page';
import type { KeyGroup } from './keys-dialog';
import { Rail, type NavItem } from './rail';

const PeoplePage = lazyThemed(() => import('../people/people-page'));
const ReportsPage = lazyThemed(() => import('../reports/reports-page'));
const InboxPage = lazyThemed(() => import('../inbox/inbox-page'));
const NotifyPage = lazyThemed(() => import('../notify/notify-page'));
const RolesPage = lazyThemed(() => import('../roles/roles-page'));
const PluginsPage = lazyThemed(() => import('../market/plugins-page'));
const ManagePage = lazyThemed(() => import('../manage/manage-page'));

type Entry = Omit<NavItem, 'label' | 'unread'> & { name: Exclude<keyof typeof T.nav, 'label'> };

const NAV: readonly Entry[] = [
  { path: '/tickets', name: 'tickets', icon: 'tickets', key: 'g t' },
  { path: '/inbox', name: 'inbox', icon: 'bell', key: 'g i' },
  { path: '/people', name: 'people', icon: 'people', permission: 'users:read', key: 'g p' },
  { path: '/reports', name: 'reports', icon: 'reports', key: 'g r' },
  {
    path: '/notify',
    name: 'notify',
    icon: 'send',
    permission: 'notifications:send',
    key: 'g n',
    more: true,
  },
  {
    path: '/plugins',
    name: 'plugins',
    icon: 'plugin',
    permission: 'plugins:manage',
    key: 'g s',
    more: true,
  },
  {
    path: '/settings/roles',
    name: 'roles',
    icon: 'shield',
    permission: 'roles:manage',
    key: 'g o',
    more: true,
  },
];

const keyGroups = (): KeyGroup[] => [
  {
    title: T.keys.everywhere,
    keys: [
      ['?', T.keys.list],
      ['/', T.keys.search],
      ['g t', T.keys.goTickets],
      ['g i', T.keys.goInbox],
      ['g p', T.keys.goPeople],
      ['g r', T.keys.goReports],
      ['g n', T.keys.goNotify],
      ['g s', T.keys.goPlugins],
      ['g o', T.keys.goRoles],
    ],
  },
  {
    title: T.keys.tickets,
    keys: [
      ['c', T.keys.create],
      ['j', T.keys.next],
      ['k', T.keys.previous],
      ['Enter', T.keys.open],
      ['Esc', T.keys.close],
      ['Ctrl Enter', T.keys.send],
    ],
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

/** A page for those who may see it; for others there is none. */
function Only({ permission, children }: { permission: string; children: ReactNode }) {
  return may(useMe(), permission) ? children : <NotFound />;
}

const PLUGIN_KEY = /^[a-z][a-z0-9-]*$/;

function Manage() {
  const { pluginKey = '' } = useParams();
  return PLUGIN_KEY.test(pluginKey) ? <ManagePage pluginKey={pluginKey} /> : <NotFound />;
}

/** /tab/Tickets is how notifications of plugins name a page. */
function Tab() {
  const target = targetOf(usePlace().path);
  return <Navigate to={target?.kind === 'page' ? target.path : '/tickets'} replace />;
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
      items={NAV.filter((n) => !n.permission || may(me, n.permission)).map((n) => ({
        ...n,
        label: T.nav[n.name],
        ...(n.path === '/inbox' && { unread }),
      }))}
      keys={keyGroups}
      foot={<ConnectionDot />}
    >
      <ConnectionBanner />
      <CrashBoundary key={path.split('/')[1]}>
        <Suspense fallback={<Bars rows={8} label={T.loading} />}>
          <Outlet />
        </Suspense>
      </CrashBoundary>
      <DevOverlay />
    </Rail>
  );
}

/** What the frame itself throws is the app's to show. */
function Rethrow(): never {
  throw useRouteError();
}

const router = createRouter([
  {
    element: <Frame />,
    errorElement: <Rethrow />,
    children: [
      { path: '/', element: <Navigate to="/tickets" replace /> },
      { path: '/tickets', element: <TicketsPage />, children: [{ path: ':ticketId' }] },
      { path: '/inbox', element: <InboxPage /> },
      {
        path: '/people',
        element: (
          <Only permission="users:read">
            <PeoplePage />
          </Only>
        ),
      },
      { path: '/reports', element: <ReportsPage /> },
      {
        path: '/notify',
        element: (
          <Only permission="notifications:send">
            <NotifyPage />
          </Only>
        ),
      },
      {
        path: '/plugins',
        element: (
          <Only permission="plugins:manage">
            <Outlet />
          </Only>
        ),
        children: [
          { index: true, element: <PluginsPage /> },
          { path: ':pluginKey/manage', element: <Manage /> },
        ],
      },
      {
        path: '/settings/roles',
        element: (
          <Only permission="roles:manage">
            <RolesPage />
          </Only>
        ),
      },
      // Addresses that pages had once.
      { path: '/settings/plugins', element: <Navigate to="/plugins" replace /> },
      { path: '/system/plugins', element: <Navigate to="/plugins" replace /> },
      { path: '/tab/*', element: <Tab /> },
      { path: '*', element: <NotFound /> },
    ],
  },
]);

export function Shell() {
  return (
    <PluginRegistryProvider>
      <PluginLoader />
      <RouterProvider router={router} />
    </PluginRegistryProvider>
  );
}
