import { Suspense } from 'react';
import { ConfirmPassword } from './auth/confirm-password';
import { useSession } from './auth/session';
import { Shell } from './shell/shell';
import { useLanguage } from './text';
import { Toasts } from './toasts/toasts';
import { CrashBoundary } from './ui/crash';
import { lazyThemed } from './ui/lazy';
import { ErrorState } from './ui/states';

const SignIn = lazyThemed(() => import('./auth/sign-in'));

export function App() {
  useLanguage();
  const { state, retry } = useSession();
  return (
    <CrashBoundary>
      {state.phase === 'in' && <Shell key={state.me.id} />}
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
