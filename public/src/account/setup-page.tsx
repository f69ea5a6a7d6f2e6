/**
 * /setup#TOKEN: the first system admin, the first company and its administrator, by the link that `mortise setup`
 * prints while nobody administers the system.
 */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useState } from 'react';
import { api } from '../api/client';
import { postAuthSetupFinish } from '../api/resources';
import type { Me } from '../api/types';
import { LinkFrame, LinkPage, isInvalid } from '../auth/link-page';
import { NewPassword } from '../auth/password-field';
import { useSession } from '../auth/session';
import { LinkBox, type OneTimeLink } from '../people/link-box';
import { accountTexts } from '../text/account';
import { FormError, TextInput, trimmed, useServerForm } from '../ui/form';
import { codeFrom } from './company-code';
import './account.css';

interface Found {
  expiresAt: string;
  passwordMin: number;
}
interface Made {
  user: Me;
  link?: OneTimeLink;
}
const EMPTY = {
  name: '',
  email: '',
  password: '',
  companyName: '',
  companyCode: '',
  otherName: '',
  otherEmail: '',
};

function Form(props: {
  token: string;
  found: Found;
  onInvalid: () => void;
  onMade: (made: Made) => void;
}) {
  const t = accountTexts.setup;
  const [ownCode, setOwnCode] = useState(false);
  const [alone, setAlone] = useState(true);
  const of = useServerForm({
    start: EMPTY,
    rules: postAuthSetupFinish,
    body: ({ otherName, otherEmail, password, ...own }) => ({
      token: props.token,
      password,
      ...trimmed(own),
      ...(!alone && trimmed({ otherName, otherEmail })),
    }),
    send: (body) => api.post<Made>('/api/auth/setup/finish', body),
    onDone: props.onMade,
    onFailed: (problem) => isInvalid(problem) && props.onInvalid(),
  });
  const { form } = of;
  return (
    <form noValidate onSubmit={(e) => void of.submit(e)}>
      <LinkFrame title={t.title}>
        <p className="soft">{t.text}</p>
        <h2>{t.you}</h2>
        <TextInput
          of={of}
          name="name"
          label={accountTexts.people.name}
          autoComplete="name"
          autoFocus
        />
        <TextInput
          of={of}
          name="email"
          label={accountTexts.people.email}
          type="email"
          autoComplete="username"
        />
        <NewPassword
          of={of}
          name="password"
          least={props.found.passwordMin}
          known={form.watch(['name', 'email', 'companyName'])}
        />
        <h2>{t.company}</h2>
        <TextInput
          of={of}
          name="companyName"
          label={t.companyName}
          autoComplete="organization"
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
          label={t.companyCode}
          helperText={t.companyCodeText}
          autoComplete="off"
          onText={() => setOwnCode(true)}
        />
        <FormControlLabel
          label={t.alone}
          control={
            <Checkbox checked={alone} onChange={(e) => setAlone(e.target.checked)} size="small" />
          }
        />
        {!alone && (
          <>
            <TextInput of={of} name="otherName" label={t.otherName} autoComplete="off" required />
            <TextInput
              of={of}
              name="otherEmail"
              label={t.otherEmail}
              type="email"
              autoComplete="off"
              required
            />
          </>
        )}
        <FormError of={of} />
        <Button type="submit" variant="contained" size="medium" loading={of.busy}>
          {t.submit}
        </Button>
      </LinkFrame>
    </form>
  );
}

function Done({ made, onDone }: { made: Made; onDone: () => void }) {
  const t = accountTexts.setup;
  const { user, link } = made;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        onDone();
      }}
    >
      <LinkFrame title={t.done}>
        {link && <LinkBox link={link} name={t.otherPerson} />}
        {user.systemUrl && (
          <p className="soft">
            {t.systemAt} <a href={user.systemUrl}>{user.systemUrl}</a>
          </p>
        )}
        <Button type="submit" variant="contained" size="medium">
          {t.open({ company: user.tenantName })}
        </Button>
      </LinkFrame>
    </form>
  );
}

export default function SetupPage({ onDone }: { onDone: () => void }) {
  const { enter } = useSession();
  const [made, setMade] = useState<Made | null>(null);
  if (made)
    return (
      <main className="sign-in">
        <Done
          made={made}
          onDone={() => {
            onDone();
            enter(made.user);
          }}
        />
      </main>
    );
  return (
    <LinkPage<Found>
      path="/api/auth/setup"
      invalidText={accountTexts.setup.invalidText}
      onDone={onDone}
    >
      {(token, found, onInvalid) => (
        <Form key={token} token={token} found={found} onInvalid={onInvalid} onMade={setMade} />
      )}
    </LinkPage>
  );
}
