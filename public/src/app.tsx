import { ConfirmPassword } from './auth/confirm-password';
import { useSession } from './auth/session';
import { SignIn } from './auth/sign-in';
import { Shell } from './shell/shell';
import { Toasts } from './toasts/toasts';
import { CrashBoundary } from './ui/crash';
import { ErrorState } from './ui/states';

export function App() {
  const { state, retry } = useSession();
  return (
    <CrashBoundary>
      {state.phase === 'in' && <Shell key={state.me.id} />}
      {state.phase === 'out' && <SignIn expired={state.expired} />}
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
