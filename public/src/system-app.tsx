/** What reaches beyond a company: plugins of all companies, rollouts, whom this server trusts. */
import { Suspense } from 'react';
import { Navigate, Outlet, RouterProvider } from 'react-router-dom';
import { ConfirmPassword } from './auth/confirm-password';
import { useMe, useSession } from './auth/session';
import { StepsProvider } from './market/steps';
import { createRouter, Link } from './router/router';
import { Rail, type NavItem } from './shell/rail';
import { SystemCompanies } from './system/companies';
import { SystemMail } from './system/mail';
import { SystemMarket } from './system/market';
import { SystemPlugins } from './system/plugins';
import { SystemRollouts } from './system/rollouts';
import { SYSTEM_TOASTS } from './system/toasts';
import { SystemTrust } from './system/trust';
import { texts, useLanguage } from './text';
import { manageTexts } from './text/manage';
import { systemTexts } from './text/system';
import { pluginTexts } from './text/plugins';
import { useToastsFromEvents } from './toasts/from-events';
import { Toasts } from './toasts/toasts';
import { CrashBoundary } from './ui/crash';
import { Page } from './ui/page';
import { lazyThemed } from './ui/lazy';
import { Empty, ErrorState } from './ui/states';
import Themed from './ui/themed';
import './market/market.css';
import './manage/manage.css';
import './system/system.css';

const AuditPage = lazyThemed(() => import('./audit/audit-page'));
const SignIn = lazyThemed(() => import('./auth/sign-in'));

const navItems = (): NavItem[] => [
  { path: '/plugins', label: pluginTexts.title, icon: 'plugin', key: 'g s' },
  { path: '/marketplace', label: systemTexts.market, icon: 'download', key: 'g m' },
  { path: '/rollouts', label: systemTexts.rollouts, icon: 'reports', key: 'g r' },
  { path: '/companies', label: systemTexts.company.title, icon: 'people', key: 'g c' },
  { path: '/audit', label: texts.nav.audit, icon: 'clock', key: 'g a', more: true },
  { path: '/mail', label: systemTexts.mail.title, icon: 'send', key: 'g e', more: true },
  { path: '/keys', label: systemTexts.keysShort, icon: 'shield', key: 'g k', more: true },
];

function NotFound() {
  return (
    <Page title={texts.notFound.title}>
      <Empty icon="search" title={texts.notFound.title} text={texts.notFound.text}>
        <Link to="/plugins">{manageTexts.back}</Link>
      </Empty>
    </Page>
  );
}

function Frame() {
  useToastsFromEvents(useMe(), SYSTEM_TOASTS);
  return (
    <Rail
      title={texts.system.short}
      items={navItems()}
      keys={() => import('./shell/key-groups').then((m) => m.systemKeyGroups())}
    >
      <CrashBoundary>
        <StepsProvider changes="plugins/">
          <Outlet />
        </StepsProvider>
      </CrashBoundary>
    </Rail>
  );
}

const router = createRouter(<Frame />, [
  { path: '/', element: <Navigate to="/plugins" replace /> },
  { path: '/plugins', element: <SystemPlugins /> },
  { path: '/marketplace', element: <SystemMarket /> },
  { path: '/rollouts', element: <SystemRollouts /> },
  { path: '/companies', element: <SystemCompanies /> },
  { path: '/mail', element: <SystemMail /> },
  { path: '/keys', element: <SystemTrust /> },
  {
    path: '/audit',
    element: (
      <Suspense fallback={null}>
        <AuditPage system />
      </Suspense>
    ),
  },
  { path: '*', element: <NotFound /> },
]);

export function SystemApp() {
  useLanguage();
  const { state, retry } = useSession();
  return (
    <CrashBoundary>
      {state.phase === 'in' && (
        <Themed key={state.me.id}>
          <RouterProvider router={router} />
        </Themed>
      )}
      {state.phase === 'out' && (
        <Suspense fallback={null}>
          <SignIn
            expired={state.expired}
            heading={texts.system.title}
            note={texts.system.note}
            system
          />
        </Suspense>
      )}
      {state.phase === 'failed' && (
        <main className="sign-in">
          <ErrorState error={state.error} onRetry={retry} />
        </main>
      )}
      <ConfirmPassword />
      <Toasts />
    </CrashBoundary>
  );
}
