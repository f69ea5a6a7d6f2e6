/** Signing in, after the password: a code of the app, or a recovery code. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { api } from '../api/client';
import { postAuthSecondFactor } from '../api/resources';
import type { Me } from '../api/types';
import { accountTexts } from '../text/account';
import { FormError, trimmed, useServerForm } from '../ui/form';
import { CodeInput } from './code-input';
import { useSession } from './session';

/** `onBack`: to the password; `over` = because the time for the code is. */
export default function SecondStep({ onBack }: { onBack: (over: boolean) => void }) {
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
      <Button color="inherit" onClick={() => onBack(false)}>
        {accountTexts.forgotten.back}
      </Button>
    </form>
  );
}
