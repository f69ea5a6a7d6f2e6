/** One's passkeys: the list, adding, renaming and removing one. */
import { Suspense, useState } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items, OwnPasskey } from '../api/types';
import { passkeysHere } from '../auth/passkey';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { Section } from './section';

const Dialogs = lazyThemed(() => import('./passkey-dialogs'));
export const PASSKEYS_KEY = 'passkeys';
export const PASSKEYS_PATH = '/api/me/passkeys';

export type PasskeyAction = { what: 'add' } | { what: 'rename' | 'remove'; passkey: OwnPasskey };

function Row(props: { passkey: OwnPasskey; onAction: (action: PasskeyAction) => void }) {
  const t = accountTexts.passkeys;
  const { passkey, onAction } = props;
  const { name } = passkey;
  return (
    <li className="own-session">
      <Icon name="key" size={20} />
      <div>
        <strong>{name}</strong>
        <p className="soft">
          <span>
            {t.added} <Time iso={passkey.createdAt} ago />
          </span>
          <span>
            {passkey.lastUsedAt ? (
              <>
                {t.used} <Time iso={passkey.lastUsedAt} ago />
              </>
            ) : (
              t.unused
            )}
          </span>
        </p>
      </div>
      <span className="account-actions">
        <Button
          variant="outlined"
          aria-label={t.renameOf({ name })}
          onClick={() => onAction({ what: 'rename', passkey })}
        >
          {t.rename}
        </Button>
        <Button
          variant="outlined"
          aria-label={t.removeOf({ name })}
          onClick={() => onAction({ what: 'remove', passkey })}
        >
          {t.remove}
        </Button>
      </span>
    </li>
  );
}

export function Passkeys() {
  const t = accountTexts.passkeys;
  const [action, setAction] = useState<PasskeyAction | null>(null);
  const { data, error, refresh } = useQuery<Items<OwnPasskey>>(PASSKEYS_KEY, (signal) =>
    api.get(PASSKEYS_PATH, { signal }),
  );
  const here = passkeysHere();
  const passkeys = data?.items ?? [];
  return (
    <Section
      title={t.title}
      actions={
        here && (
          <Button variant="outlined" onClick={() => setAction({ what: 'add' })}>
            {t.add}
          </Button>
        )
      }
    >
      <p className="account-text">{here ? t.text : t.notHere}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={texts.loading} />
      ) : (
        passkeys.length > 0 && (
          <ul className="own-sessions">
            {passkeys.map((passkey) => (
              <Row key={passkey.id} passkey={passkey} onAction={setAction} />
            ))}
          </ul>
        )
      )}
      {action && (
        <Suspense fallback={null}>
          <Dialogs action={action} onClose={() => setAction(null)} />
        </Suspense>
      )}
    </Section>
  );
}
