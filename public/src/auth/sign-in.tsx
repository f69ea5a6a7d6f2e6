import Button from '@mui/material/Button';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { postAuthLogin } from '../api/resources';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { FormError, TextInput, useServerForm } from '../ui/form';
import Forgotten from './forgotten';
import { PasskeyButton } from './passkey-button';
import SecondStep from './second-step';
import { Failure, Providers } from './providers';
import { useSession, type StepWays } from './session';

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

export interface SignInWays {
  resetByMail: boolean;
  /** Who may register a company. */
  registration: 'closed' | 'invitation' | 'open';
}

/** `system`: the page of the system administration, whose links are made by command. */
export default function SignIn(props: {
  expired: boolean;
  heading?: string;
  note?: string;
  system?: boolean;
}) {
  const { expired, heading = accountTexts.signIn.heading, note = accountTexts.signIn.note } = props;
  const [forgot, setForgot] = useState(false);
  const [step, setStep] = useState<'password' | 'over' | StepWays>('password');
  const ways = useQuery<SignInWays>(props.system ? null : 'auth-ways', (signal) =>
    api.get('/api/auth/ways', { signal }),
  );
  const { signIn } = useSession();
  const [wait, setWait] = useCountdown();

  useEffect(() => {
    document.title = `${accountTexts.signIn.title} · ${texts.product}`;
  }, []);

  const of = useServerForm({
    start: { email: '', password: '' },
    rules: postAuthLogin,
    body: ({ email, password }) => ({ email: email.trim(), password }),
    send: ({ email, password }) => signIn(email, password),
    onDone: (more) => {
      if (!more) return;
      of.form.setValue('password', '');
      setStep(more);
    },
    onFailed: (problem) => {
      of.form.setValue('password', '');
      if (problem.status === 429) setWait(Math.ceil(problem.retryAfter ?? 5));
    },
  });

  if (forgot)
    return (
      <main className="sign-in">
        <Forgotten onBack={() => setForgot(false)} />
      </main>
    );
  if (typeof step === 'object')
    return (
      <main className="sign-in">
        <SecondStep ways={step} onBack={(over) => setStep(over ? 'over' : 'password')} />
      </main>
    );
  return (
    <main className="sign-in">
      <div className="sign-in-ways">
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            if (wait === 0) void of.submit();
          }}
          aria-labelledby="sign-in-title"
        >
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={40} height={40} />
          <h1 id="sign-in-title">{heading}</h1>
          <p className="sign-in-note" role="status">
            {step === 'over'
              ? accountTexts.step.over
              : expired
                ? accountTexts.signIn.expired
                : note}
          </p>
          {!props.system && <Failure />}
          <TextInput
            of={of}
            name="email"
            label={accountTexts.signIn.email}
            type="email"
            autoComplete="username"
            autoFocus
            slotProps={{ htmlInput: { inputMode: 'email', autoCapitalize: 'none' } }}
          />
          <TextInput
            of={of}
            name="password"
            label={accountTexts.signIn.password}
            type="password"
            autoComplete="current-password"
          />
          <FormError of={of} />
          <Button
            type="submit"
            variant="contained"
            size="medium"
            loading={of.busy}
            disabled={wait > 0}
          >
            {wait > 0 ? accountTexts.signIn.wait({ seconds: wait }) : accountTexts.signIn.submit}
          </Button>
          {ways.data?.resetByMail && (
            <Button color="inherit" onClick={() => setForgot(true)}>
              {accountTexts.signIn.forgot}
            </Button>
          )}
          {ways.data?.registration === 'open' && (
            <Button color="inherit" href="/register">
              {accountTexts.signIn.register}
            </Button>
          )}
          <PasskeyButton />
        </form>
        {!props.system && <Providers />}
      </div>
    </main>
  );
}
