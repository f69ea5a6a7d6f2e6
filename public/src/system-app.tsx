/** What reaches beyond a company: plugins of all companies, rollouts, whom this server trusts. */
import { Suspense } from 'react';
import { Navigate, Outlet, RouterProvider, useRouteError } from 'react-router-dom';
import { ConfirmPassword } from './auth/confirm-password';
import { useSession } from './auth/session';
import { StepsProvider } from './market/steps';
import { createRouter, Link } from './router/router';
import { Rail, type NavItem } from './shell/rail';
import { SystemMarket } from './system/market';
import { SystemPlugins } from './system/plugins';
import { SystemRollouts } from './system/rollouts';
import { SystemTrust } from './system/trust';
import type { KeyGroup } from './shell/keys-dialog';
import { T, useLanguage } from './text';
import { M } from './text/manage';
import { P } from './text/plugins';
import { Toasts } from './toasts/toasts';
import { CrashBoundary } from './ui/crash';
import { Page } from './ui/page';
import { lazyThemed } from './ui/lazy';
import { Empty, ErrorState } from './ui/states';
import Themed from './ui/themed';
import './market/market.css';
import './manage/manage.css';
import './system/system.css';

const SignIn = lazyThemed(() => import('./auth/sign-in'));

const navItems = (): NavItem[] => [
  { path: '/plugins', label: P.title, icon: 'plugin', key: 'g s' },
  { path: '/marketplace', label: M.system.market, icon: 'download', key: 'g m' },
  { path: '/rollouts', label: M.system.rollouts, icon: 'reports', key: 'g r' },
  { path: '/keys', label: M.system.keysShort, icon: 'shield', key: 'g k' },
];

const keyGroups = (): KeyGroup[] => [
  {
    title: T.keys.everywhere,
    keys: [
      ['?', T.keys.list],
      ['g s', T.keys.goPlugins],
      ['g m', T.keys.goMarket],
      ['g r', T.keys.goRollouts],
      ['g k', T.keys.goKeys],
    ],
  },
];

function NotFound() {
  return (
    <Page title={T.notFound.title}>
      <Empty icon="search" title={T.notFound.title} text={T.notFound.text}>
        <Link to="/plugins">{M.back}</Link>
      </Empty>
    </Page>
  );
}

function Frame() {
  return (
    <Rail title={T.system.short} items={navItems()} keys={keyGroups}>
      <CrashBoundary>
        <StepsProvider>
          <Outlet />
        </StepsProvider>
      </CrashBoundary>
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
      { path: '/', element: <Navigate to="/plugins" replace /> },
      { path: '/plugins', element: <SystemPlugins /> },
      { path: '/marketplace', element: <SystemMarket /> },
      { path: '/rollouts', element: <SystemRollouts /> },
      { path: '/keys', element: <SystemTrust /> },
      { path: '*', element: <NotFound /> },
    ],
  },
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
          <SignIn expired={state.expired} heading={T.system.title} note={T.system.note} />
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
