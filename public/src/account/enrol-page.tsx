/** For who has to set up two-step sign-in before anything else: the server answers nothing else to this session. */
import Button from '@mui/material/Button';
import { useEffect, useState } from 'react';
import { ApiError, api } from '../api/client';
import { passkeysHere } from '../auth/passkey';
import { useMe, useSession } from '../auth/session';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { ErrorLine } from '../ui/states';
import { Add } from './passkey-dialogs';
import Dialogs, { type AppSecret } from './second-factor-dialogs';
import './account.css';

export default function EnrolPage() {
  const t = accountTexts.enrol;
  const me = useMe();
  const { retry, signOut } = useSession();
  const [app, setApp] = useState<AppSecret | null>(null);
  const [adds, setAdds] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    document.title = `${t.title} · ${texts.product}`;
  }, [t.title]);
  const begin = async () => {
    setBusy(true);
    setError(null);
    try {
      setApp(await api.post<AppSecret>('/api/auth/second-factor/setup', {}));
    } catch (caught) {
      if (caught instanceof ApiError && caught.kind !== 'password-needed') setError(caught);
    }
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <div className="sign-in-form">
        <h1>{t.title}</h1>
        <p className="sign-in-note">{t.text({ company: me.tenantName })}</p>
        {error && <ErrorLine error={error} />}
        <Button variant="contained" size="medium" loading={busy} onClick={() => void begin()}>
          {accountTexts.factor.setUp}
        </Button>
        {passkeysHere() && (
          <Button variant="outlined" size="medium" onClick={() => setAdds(true)}>
            {accountTexts.passkeys.add}
          </Button>
        )}
        <Button color="inherit" onClick={() => void signOut()}>
          {t.signOut}
        </Button>
      </div>
      {adds && <Add onClose={() => setAdds(false)} onAdded={retry} />}
      {app && (
        <Dialogs
          what={app}
          onClose={() => {
            setApp(null);
            retry();
          }}
        />
      )}
    </main>
  );
}
