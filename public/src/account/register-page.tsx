/**
 * /register: somebody registers a company. For everybody where the operator's server is open, else by a one-time link,
 * /register#TOKEN. What was sent waits for a system admin; nobody can sign in to it before.
 */
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useController } from 'react-hook-form';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { postRegistration } from '../api/resources';
import { LinkFrame, LinkPage, isInvalid } from '../auth/link-page';
import type { SignInWays } from '../auth/sign-in';
import { currentLanguage, texts } from '../text';
import { accountTexts } from '../text/account';
import { FormError, TextInput, trimmed, useServerForm } from '../ui/form';
import { Bars, ErrorState } from '../ui/states';
import { codeFrom } from './company-code';
import './account.css';

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

function Form(props: {
  token: string | null;
  onInvalid: () => void;
  onSent: (email: string) => void;
}) {
  const t = accountTexts.register;
  const [ownCode, setOwnCode] = useState(false);
  const of = useServerForm({
    start: {
      companyName: '',
      companyCode: '',
      organization: '',
      name: '',
      email: '',
      timeZone: ownZone(),
    },
    rules: postRegistration,
    body: (values) => {
      const { organization, ...rest } = trimmed(values);
      return {
        ...rest,
        language: currentLanguage(),
        ...(organization && { organization }),
        ...(props.token && { token: props.token }),
      };
    },
    send: async (body) => {
      await api.post('/api/registration', body);
      return body.email;
    },
    onDone: props.onSent,
    onFailed: (problem) => isInvalid(problem) && props.onInvalid(),
  });
  const { form } = of;
  const { field, fieldState } = useController({ name: 'timeZone', control: form.control });
  return (
    <form noValidate onSubmit={(e) => void of.submit(e)}>
      <LinkFrame title={t.title}>
        <p className="soft">{t.text}</p>
        <TextInput
          of={of}
          name="companyName"
          label={accountTexts.setup.companyName}
          autoComplete="organization"
          autoFocus
          onText={(name) =>
            !ownCode &&
            form.setValue('companyCode', codeFrom(name), {
              shouldValidate: form.formState.isSubmitted,
            })
          }
        />
        <TextInput
          of={of}
          name="companyCode"
          label={accountTexts.setup.companyCode}
          helperText={accountTexts.setup.companyCodeText}
          autoComplete="off"
          onText={(code) => setOwnCode(code !== '')}
        />
        <TextInput
          of={of}
          name="organization"
          label={t.organization}
          helperText={t.organizationText}
          autoComplete="off"
        />
        <Autocomplete
          options={[...new Set(['UTC', field.value, ...Intl.supportedValuesOf('timeZone')])]}
          value={field.value}
          disableClearable
          getOptionLabel={(zone) => zone.replaceAll('_', ' ')}
          onChange={(_, zone) => field.onChange(zone)}
          onBlur={field.onBlur}
          noOptionsText={t.noZone}
          renderInput={(params) => (
            <TextField
              {...params}
              inputRef={field.ref}
              label={t.timeZone}
              error={fieldState.invalid}
              helperText={fieldState.error?.message}
            />
          )}
        />
        <h2>{t.you}</h2>
        <TextInput of={of} name="name" label={accountTexts.people.name} autoComplete="name" />
        <TextInput
          of={of}
          name="email"
          label={accountTexts.people.email}
          type="email"
          autoComplete="email"
        />
        <FormError of={of} />
        <Button type="submit" variant="contained" size="medium" loading={of.busy}>
          {t.submit}
        </Button>
      </LinkFrame>
    </form>
  );
}

/** What there is to say instead of the form, and the way on. */
function Note(props: { title: string; text: string; onDone: () => void }) {
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        props.onDone();
      }}
    >
      <LinkFrame title={props.title}>
        <p role="status">{props.text}</p>
        <Button type="submit" variant="outlined" size="medium">
          {accountTexts.welcome.toSignIn}
        </Button>
      </LinkFrame>
    </form>
  );
}

function Open(props: { onSent: (email: string) => void; onDone: () => void }) {
  const t = accountTexts.register;
  const { data, error, refresh } = useQuery<SignInWays>('auth-ways', (signal) =>
    api.get('/api/auth/ways', { signal }),
  );
  return (
    <main className="sign-in">
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={3} label={texts.loading} />
      ) : data.registration === 'open' ? (
        <Form token={null} onInvalid={refresh} onSent={props.onSent} />
      ) : (
        <Note title={t.closed} text={t.closedText} onDone={props.onDone} />
      )}
    </main>
  );
}

export default function RegisterPage({ onDone }: { onDone: () => void }) {
  const t = accountTexts.register;
  const [byLink] = useState(() => window.location.hash.length > 1);
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo !== null)
    return (
      <main className="sign-in">
        <Note title={t.sent} text={t.sentText({ email: sentTo })} onDone={onDone} />
      </main>
    );
  if (!byLink) return <Open onSent={setSentTo} onDone={onDone} />;
  return (
    <LinkPage<{ expiresAt: string }>
      path="/api/registration/link"
      invalidText={accountTexts.welcome.invalidText}
      onDone={onDone}
    >
      {(token, _found, onInvalid) => (
        <Form key={token} token={token} onInvalid={onInvalid} onSent={setSentTo} />
      )}
    </LinkPage>
  );
}
