import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError } from '../api/client';
import { T } from '../text';
import { ErrorLine } from '../ui/states';
import { useSession } from './session';

/** While an account is locked the button counts down instead of inviting another try. */
function useCountdown(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}

export default function SignIn(props: { expired: boolean; heading?: string; note?: string }) {
  const { expired, heading = T.signIn.heading, note = T.signIn.note } = props;
  const { signIn } = useSession();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [wait, setWait] = useCountdown();

  useEffect(() => {
    document.title = `${T.signIn.title} · ${T.product}`;
  }, []);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || wait > 0) return;
    setBusy(true);
    setError(null);
    try {
      await signIn(email.trim(), password);
    } catch (caught) {
      const problem = caught as ApiError;
      setError(problem);
      setPassword('');
      if (problem.status === 429) setWait(Math.ceil(problem.retryAfter ?? 5));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={(e) => void submit(e)} aria-labelledby="sign-in-title">
        <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={40} height={40} />
        <h1 id="sign-in-title">{heading}</h1>
        <p className="sign-in-note" role="status">
          {expired ? T.signIn.expired : note}
        </p>
        <TextField
          label={T.signIn.email}
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          required
          value={email}
          onChange={(e) => setEmail(e.target.value)}
          slotProps={{ htmlInput: { inputMode: 'email', autoCapitalize: 'none' } }}
        />
        <TextField
          label={T.signIn.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        <ErrorLine error={error} />
        <Button type="submit" variant="contained" size="medium" loading={busy} disabled={wait > 0}>
          {wait > 0 ? T.signIn.wait({ seconds: wait }) : T.signIn.submit}
        </Button>
      </form>
    </main>
  );
}
