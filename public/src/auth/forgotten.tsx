/** Asking for a link to a new password: says the same whether somebody has the address or not. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { api } from '../api/client';
import { postAuthForgotten } from '../api/resources';
import { accountTexts } from '../text/account';
import { FormError, TextInput, trimmed, useServerForm } from '../ui/form';

export default function Forgotten({ onBack }: { onBack: () => void }) {
  const t = accountTexts.forgotten;
  const [sentTo, setSentTo] = useState<string | null>(null);
  const of = useServerForm({
    start: { email: '' },
    rules: postAuthForgotten,
    body: trimmed,
    send: async (body) => {
      await api.post('/api/auth/forgotten', body);
      return body.email;
    },
    onDone: setSentTo,
  });
  const back = (
    <Button color="inherit" onClick={onBack}>
      {t.back}
    </Button>
  );
  if (sentTo !== null)
    return (
      <div className="sign-in-form" role="status">
        <h1>{t.sent}</h1>
        <p className="sign-in-note">{t.sentText({ email: sentTo })}</p>
        {back}
      </div>
    );
  return (
    <form
      className="sign-in-form"
      noValidate
      onSubmit={(e) => void of.submit(e)}
      aria-labelledby="forgotten-title"
    >
      <h1 id="forgotten-title">{t.title}</h1>
      <p className="sign-in-note">{t.text}</p>
      <TextInput
        of={of}
        name="email"
        label={accountTexts.signIn.email}
        type="email"
        autoComplete="username"
        autoFocus
        slotProps={{ htmlInput: { inputMode: 'email', autoCapitalize: 'none' } }}
      />
      <FormError of={of} />
      <Button type="submit" variant="contained" size="medium" loading={of.busy}>
        {t.submit}
      </Button>
      {back}
    </form>
  );
}
