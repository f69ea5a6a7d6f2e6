/** Two-step sign-in: whether it is on, setting it up with an app, new recovery codes, and turning it off. */
import { Suspense, useState } from 'react';
import { ApiError, api } from '../api/client';
import { useQuery } from '../api/query';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { lazyThemed } from '../ui/lazy';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { Section } from './section';
import type { AppSecret } from './second-factor-dialogs';

const Dialogs = lazyThemed(() => import('./second-factor-dialogs'));
export const FACTOR_KEY = 'second-factor';

interface FactorState {
  since: string | null;
  recoveryCodes: number;
}

export function SecondFactor() {
  const t = accountTexts.factor;
  const [open, setOpen] = useState<'codes' | 'remove' | AppSecret | null>(null);
  const [busy, setBusy] = useState(false);
  const { data, error, refresh } = useQuery<FactorState>(FACTOR_KEY, (signal) =>
    api.get('/api/me/second-factor', { signal }),
  );
  const begin = async () => {
    setBusy(true);
    try {
      setOpen(await api.post<AppSecret>('/api/auth/second-factor/setup', {}));
    } catch (caught) {
      // Who closes the dialog for the password has thought better of it.
      if (caught instanceof ApiError && caught.kind !== 'password-needed')
        toast({ title: t.failed, message: caught.message, tone: 'error' });
    }
    setBusy(false);
  };
  return (
    <Section
      title={t.title}
      actions={
        data?.since && (
          <span className="account-actions">
            <Button variant="outlined" onClick={() => setOpen('codes')}>
              {t.newCodes}
            </Button>
            <Button variant="outlined" onClick={() => setOpen('remove')}>
              {t.remove}
            </Button>
          </span>
        )
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={texts.loading} />
      ) : data.since ? (
        <p className="account-text">
          <span className="own-here">{t.on}</span> {t.since} <Time iso={data.since} ago />
          {'. '}
          {t.left({ n: data.recoveryCodes })}
        </p>
      ) : (
        <>
          <p className="account-text">{t.off}</p>
          <Button variant="outlined" loading={busy} onClick={() => void begin()}>
            {t.setUp}
          </Button>
        </>
      )}
      {open && (
        <Suspense fallback={null}>
          <Dialogs what={open} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </Section>
  );
}
