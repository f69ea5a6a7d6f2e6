/** The pages of a company, and what stands around them. */
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { Navigate, Outlet, RouterProvider, useParams } from 'react-router-dom';
import { may, useMe } from '../auth/session';
import { useUnread } from '../inbox/data';
import { DevOverlay } from '../plugins/dev';
import { PluginLoader } from '../plugins/loader';
import { PluginRegistryProvider, usePluginRegistry } from '../plugins/registry';
import { createRouter, Link, usePlace } from '../router/router';
import { texts } from '../text';
import { Home } from '../tickets/home';
import { TicketsPage } from '../tickets/tickets-page';
import { targetOf } from '../toasts/follow';
import { useToastsFromEvents } from '../toasts/from-events';
import { clearToasts } from '../toasts/store';
import { CrashBoundary } from '../ui/crash';
import { useWhenIdle } from '../ui/idle';
import { lazyThemed } from '../ui/lazy';
import { Bars, Empty } from '../ui/states';
import { ConnectionBanner, ConnectionDot } from './connection';
import { Page } from '../ui/page';
import { Rail, type NavItem } from './rail';

const PeoplePage = lazyThemed(() => import('../people/people-page'));
const AccountPage = lazyThemed(() => import('../account/account-page'));
const DashboardPage = lazyThemed(() => import('../dashboard/dashboard-page'));
const ReportsPage = lazyThemed(() => import('../reports/reports-page'));
const InboxPage = lazyThemed(() => import('../inbox/inbox-page'));
const bell = () => import('../inbox/bell');
const Bell = lazyThemed(bell);
const NotifyPage = lazyThemed(() => import('../notify/notify-page'));
const RolesPage = lazyThemed(() => import('../roles/roles-page'));
const CompanyPage = lazyThemed(() => import('../company/company-page'));
const TokensPage = lazyThemed(() => import('../tokens/tokens-page'));
const WebhooksPage = lazyThemed(() => import('../webhooks/webhooks-page'));
const AuditPage = lazyThemed(() => import('../audit/audit-page'));
const PluginsPage = lazyThemed(() => import('../market/plugins-page'));
const ManagePage = lazyThemed(() => import('../manage/manage-page'));
const pluginPages = () => import('../plugins/pages');
const ModelsPage = lazyThemed(async () => ({ default: (await pluginPages()).ModelsPage }));
const ownPages = () => import('../plugins/own-pages');
const OwnPages = lazyThemed(async () => ({ default: (await ownPages()).OwnPages }));
const AllPages = lazyThemed(async () => ({ default: (await ownPages()).AllPages }));
const RisksPage = lazyThemed(async () => ({ default: (await pluginPages()).RisksPage }));

type Entry = Omit<NavItem, 'label' | 'unread'> & {
  name: Exclude<keyof typeof texts.nav, 'label'>;
  /** It is there while a plugin has something for a slot whose name begins like that. */
  slots?: string;
};

const ACCOUNT = '/account';

const NAV: readonly Entry[] = [
  { path: '/tickets', name: 'tickets', icon: 'tickets', key: 'g t' },
  { path: '/dashboard', name: 'dashboard', icon: 'dashboard', key: 'g d', more: true },
  { path: '/inbox', name: 'inbox', icon: 'bell', key: 'g i' },
  { path: '/people', name: 'people', icon: 'people', permission: 'users:read', key: 'g p' },
  { path: '/reports', name: 'reports', icon: 'reports', key: 'g r' },
  { path: '/models', name: 'models', icon: 'plugin', slots: 'page.models.', more: true },
  { path: '/risks', name: 'risks', icon: 'warning', slots: 'page.risks.', more: true },
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
  {
    path: '/settings/company',
    name: 'company',
    icon: 'settings',
    permission: 'company:manage',
    more: true,
  },
  {
    path: '/settings/tokens',
    name: 'tokens',
    icon: 'key',
    permission: 'tokens:manage',
    more: true,
  },
  {
    path: '/settings/webhooks',
    name: 'webhooks',
    icon: 'link',
    permission: 'webhooks:manage',
    more: true,
  },
  {
    path: '/settings/audit',
    name: 'audit',
    icon: 'clock',
    permission: 'audit:read',
    key: 'g a',
    more: true,
  },
];

function NotFound() {
  return (
    <Page title={texts.notFound.title}>
      <Empty icon="search" title={texts.notFound.title} text={texts.notFound.text}>
        <Link to="/tickets">{texts.notFound.back}</Link>
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

/** What plugins have in the navigation; what it takes is loaded when one has something. */
function useOwnNavigation(): readonly NavItem[] {
  const { installations } = usePluginRegistry();
  const [read, setRead] = useState<typeof import('../plugins/own-nav').navItemsOf>();
  const isThere = installations.some((i) => i.ui?.navigation?.length);
  useEffect(() => {
    if (isThere) void import('../plugins/own-nav').then((m) => setRead(() => m.navItemsOf));
  }, [isThere]);
  return read ? read(installations) : [];
}

function Frame() {
  const me = useMe();
  const { path } = usePlace();
  useToastsFromEvents(me);
  const unread = useUnread();
  useWhenIdle(bell);
  const { places } = usePluginRegistry();
  const isThere = ({ permission, slots }: Entry) =>
    (!permission || may(me, permission)) &&
    (!slots || places.some((p) => p.slotId.startsWith(slots)));
  const entries = NAV.filter(isThere);
  const own = useOwnNavigation();
  // One person's notifications are not for the next one at this screen.
  useEffect(() => clearToasts, []);
  return (
    <Rail
      title={me.tenantName}
      logo={me.tenantLogo}
      items={[
        ...entries.map((n) => ({
          ...n,
          label: texts.nav[n.name],
          ...(n.path === '/inbox' && { unread, panel: Bell }),
        })),
        ...own,
      ]}
      keys={() => import('./key-groups').then((m) => m.keyGroups(entries))}
      account={ACCOUNT}
      search
      foot={<ConnectionDot />}
    >
      <ConnectionBanner />
      <CrashBoundary key={path.split('/')[1]}>
        <Suspense fallback={<Bars rows={8} label={texts.loading} />}>
          <Outlet />
        </Suspense>
      </CrashBoundary>
      <DevOverlay />
    </Rail>
  );
}

let made: ReturnType<typeof createRouter> | undefined;
/** Made when it is first shown: the page of the system administration loads this file as well, and has its own. */
const router = () =>
  (made ??= createRouter(<Frame />, [
    { path: '/', element: <Home /> },
    { path: '/tickets', element: <TicketsPage />, children: [{ path: ':ticketId' }] },
    { path: '/dashboard', element: <DashboardPage /> },
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
    { path: '/models', element: <ModelsPage /> },
    { path: '/risks', element: <RisksPage /> },
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
    { path: ACCOUNT, element: <AccountPage /> },
    {
      path: '/settings/company',
      element: (
        <Only permission="company:manage">
          <CompanyPage />
        </Only>
      ),
    },
    {
      path: '/settings/tokens',
      element: (
        <Only permission="tokens:manage">
          <TokensPage />
        </Only>
      ),
    },
    {
      path: '/settings/webhooks',
      element: (
        <Only permission="webhooks:manage">
          <WebhooksPage />
        </Only>
      ),
    },
    {
      path: '/settings/audit',
      element: (
        <Only permission="audit:read">
          <AuditPage />
        </Only>
      ),
    },
    { path: '/x', element: <AllPages /> },
    { path: '/x/:pluginKey/*', element: <OwnPages /> },
    // Addresses that pages had once.
    { path: '/settings/plugins', element: <Navigate to="/plugins" replace /> },
    { path: '/system/plugins', element: <Navigate to="/plugins" replace /> },
    { path: '/tab/*', element: <Tab /> },
    { path: '*', element: <NotFound /> },
  ]));

export function Shell() {
  return (
    <PluginRegistryProvider>
      <PluginLoader />
      <RouterProvider router={router()} />
    </PluginRegistryProvider>
  );
}
