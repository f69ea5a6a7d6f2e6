/** /welcome#TOKEN: where somebody chooses a password who got a one-time link. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { api } from '../api/client';
import { postAuthLinkPassword } from '../api/resources';
import type { Me } from '../api/types';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { FormError, TextInput, useServerForm } from '../ui/form';
import { deadline } from '../ui/time';
import { isInvalid, LinkFrame, LinkPage } from './link-page';
import { NewPassword } from './password-field';
import { useSession } from './session';

interface Invited {
  purpose: 'invite' | 'reset';
  email: string;
  name: string;
  company: string;
  expiresAt: string;
  passwordMin: number;
  secondFactor: boolean;
}

function Choose(props: { token: string; who: Invited; onInvalid: () => void; onDone: () => void }) {
  const { token, who } = props;
  const t = accountTexts.welcome;
  const { enter } = useSession();
  const of = useServerForm({
    start: { password: '', code: '' },
    rules: postAuthLinkPassword,
    body: ({ password, code }) => ({
      token,
      password,
      ...(who.secondFactor && { code: code.trim() }),
    }),
    send: (body) => api.post<{ user?: Me }>('/api/auth/link/password', body),
    onDone: ({ user }) => {
      props.onDone();
      if (user) enter(user);
      else toast({ title: t.chosen, message: t.withPasskey, tone: 'success' });
    },
    onFailed: (problem) => isInvalid(problem) && props.onInvalid(),
  });
  return (
    <form noValidate onSubmit={(e) => void of.submit(e)}>
      <LinkFrame title={who.purpose === 'invite' ? t.invite({ company: who.company }) : t.reset}>
        <p className="welcome-who">{who.name}</p>
        {/* Also for the browser's password store. */}
        <TextField
          label={accountTexts.signIn.email}
          name="email"
          autoComplete="username"
          value={who.email}
          slotProps={{ htmlInput: { readOnly: true } }}
        />
        <NewPassword
          of={of}
          name="password"
          least={who.passwordMin}
          known={[who.name, who.email, who.company]}
          autoFocus
        />
        {who.secondFactor && (
          <TextInput
            of={of}
            name="code"
            label={accountTexts.factor.codeOrRecovery}
            autoComplete="one-time-code"
            required
            fullWidth
            margin="dense"
          />
        )}
        <FormError of={of} />
        <Button type="submit" variant="contained" size="medium" loading={of.busy}>
          {who.purpose === 'invite' ? t.submitInvite : t.submitReset}
        </Button>
        <p className="soft">
          {t.until({
            time: deadline(who.expiresAt),
          })}{' '}
          {who.purpose === 'reset' && t.ends}
        </p>
      </LinkFrame>
    </form>
  );
}

export default function Welcome({ onDone }: { onDone: () => void }) {
  return (
    <LinkPage<Invited>
      path="/api/auth/link"
      invalidText={accountTexts.welcome.invalidText}
      onDone={onDone}
    >
      {(token, who, onInvalid) => (
        <Choose key={token} token={token} who={who} onInvalid={onInvalid} onDone={onDone} />
      )}
    </LinkPage>
  );
}
