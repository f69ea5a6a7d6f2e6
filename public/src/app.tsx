import { Suspense, useState } from 'react';
import { ConfirmPassword } from './auth/confirm-password';
import { useSession } from './auth/session';
import { navigate } from './router/router';
import { Shell } from './shell/shell';
import { useLanguage } from './text';
import { Toasts } from './toasts/toasts';
import { CrashBoundary } from './ui/crash';
import { lazyThemed } from './ui/lazy';
import { ErrorState } from './ui/states';

const SignIn = lazyThemed(() => import('./auth/sign-in'));

/** For who has to set up two-step sign-in before anything else. */
const Enrol = lazyThemed(() => import('./account/enrol-page'));

/** Pages of one-time links, signed in or not. */
const Welcome = lazyThemed(() => import('./auth/welcome'));
const Setup = lazyThemed(() => import('./account/setup-page'));
const Register = lazyThemed(() => import('./account/register-page'));
const LINK_PAGES: Partial<Record<string, typeof Welcome>> = {
  '/welcome': Welcome,
  '/setup': Setup,
  '/register': Register,
};

export function App() {
  useLanguage();
  const { state, retry } = useSession();
  const [path, setPath] = useState(window.location.pathname);
  const LinkPage = LINK_PAGES[path];
  if (LinkPage)
    return (
      <CrashBoundary>
        <Suspense fallback={null}>
          <LinkPage
            onDone={() => {
              navigate('/', { replace: true });
              setPath('/');
            }}
          />
        </Suspense>
      </CrashBoundary>
    );
  return (
    <CrashBoundary>
      {state.phase === 'in' &&
        (state.me.needsSecondFactor ? (
          <Suspense fallback={null}>
            <Enrol />
          </Suspense>
        ) : (
          <Shell key={state.me.id} />
        ))}
      {state.phase === 'out' && (
        <Suspense fallback={null}>
          <SignIn expired={state.expired} />
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
