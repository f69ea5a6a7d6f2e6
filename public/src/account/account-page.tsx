/** /account: what everybody sees and changes of their own. */
import { useState } from 'react';
import { useMe } from '../auth/session';
import { accountTexts } from '../text/account';
import { Linked } from '../people/linked';
import { Button } from '../ui/button';
import { Page } from '../ui/page';
import { ChangePassword } from './change-password';
import { Notifications } from './notifications';
import { Passkeys } from './passkeys';
import { Preferences, Profile } from './profile';
import { SecondFactor } from './second-factor';
import { Section } from './section';
import { Sessions } from './sessions';
import { Tokens } from './tokens';
import './account.css';

function SignIn() {
  const t = accountTexts.own;
  const me = useMe();
  const [open, setOpen] = useState(false);
  return (
    <Section title={t.signIn}>
      <p className="account-text">{t.signInAs({ email: me.email })}</p>
      <Button variant="outlined" onClick={() => setOpen(true)}>
        {t.change}
      </Button>
      {open && <ChangePassword onClose={() => setOpen(false)} />}
      <Linked />
    </Section>
  );
}

export default function AccountPage() {
  return (
    <Page title={accountTexts.own.title}>
      <div className="account">
        <Profile />
        <Preferences />
        <Notifications />
        <SignIn />
        <Passkeys />
        <SecondFactor />
        <Sessions />
        <Tokens />
      </div>
    </Page>
  );
}
