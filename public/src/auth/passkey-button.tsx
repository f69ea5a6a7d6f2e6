/** Signing in with a passkey, beside the password and behind it. Nothing where the browser has none. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { accountTexts } from '../text/account';
import { ErrorLine } from '../ui/states';
import { passkeysHere, signInWithPasskey } from './passkey';
import { useSession } from './session';

export function PasskeyButton({ first = false }: { first?: boolean }) {
  const t = accountTexts.passkeys;
  const { enter } = useSession();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  if (!passkeysHere()) return first ? <p className="sign-in-note">{t.notHere}</p> : null;
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      enter(await signInWithPasskey());
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <>
      <Button
        variant={first ? 'contained' : 'outlined'}
        size="medium"
        loading={busy}
        onClick={() => void go()}
      >
        {t.use}
      </Button>
      {error && <ErrorLine error={error} />}
    </>
  );
}
