/** Signing in, after the password: a code of the app, a recovery code, or a passkey. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { api } from '../api/client';
import { postAuthSecondFactor } from '../api/resources';
import type { Me } from '../api/types';
import { accountTexts } from '../text/account';
import { FormError, trimmed, useServerForm } from '../ui/form';
import { CodeInput } from './code-input';
import { PasskeyButton } from './passkey-button';
import { useSession, type StepWays } from './session';

interface Step {
  ways: StepWays;
  /** To the password; `over` = because the time for the code is. */
  onBack: (over: boolean) => void;
}

function Back({ onBack }: Pick<Step, 'onBack'>) {
  return (
    <Button color="inherit" onClick={() => onBack(false)}>
      {accountTexts.forgotten.back}
    </Button>
  );
}

function ByPasskey({ onBack }: Pick<Step, 'onBack'>) {
  const t = accountTexts.step;
  return (
    <div className="sign-in-form">
      <h1>{t.title}</h1>
      <p className="sign-in-note">{t.passkeyText}</p>
      <PasskeyButton first />
      <Back onBack={onBack} />
    </div>
  );
}

export default function SecondStep({ ways, onBack }: Step) {
  return ways.app ? <ByCode ways={ways} onBack={onBack} /> : <ByPasskey onBack={onBack} />;
}

function ByCode({ ways, onBack }: Step) {
  const t = accountTexts.step;
  const [lost, setLost] = useState(false);
  const { enter } = useSession();
  const of = useServerForm({
    start: { code: '' },
    rules: postAuthSecondFactor,
    body: trimmed,
    send: (body) => api.post<{ user: Me }>('/api/auth/second-factor', body),
    onDone: ({ user }) => enter(user),
    onFailed: (problem) => {
      of.form.setValue('code', '');
      if (problem.kind === 'sign-in-again') onBack(true);
    },
  });
  return (
    <form
      className="sign-in-form"
      noValidate
      onSubmit={(e) => void of.submit(e)}
      aria-labelledby="step-title"
    >
      <h1 id="step-title">{t.title}</h1>
      <p className="sign-in-note">{lost ? t.recoveryText : t.text}</p>
      <CodeInput of={of} label={lost ? t.recovery : accountTexts.factor.code} any={lost} />
      <FormError of={of} />
      <Button type="submit" variant="contained" size="medium" loading={of.busy}>
        {accountTexts.signIn.submit}
      </Button>
      <Button
        color="inherit"
        onClick={() => {
          of.form.reset();
          setLost(!lost);
        }}
      >
        {lost ? t.useApp : t.useRecovery}
      </Button>
      {ways.passkey && <PasskeyButton />}
      <Back onBack={onBack} />
    </form>
  );
}
