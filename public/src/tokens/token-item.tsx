/** One token of a list: what it is, what it may, its last use, and revoking it. */
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { tokenTexts } from '../text/tokens';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { deadline, Time } from '../ui/time';
import { ALL_KEY, OWN_KEY, type AnyToken } from './data';
import './tokens.css';

export function forgetTokens(): void {
  invalidate(OWN_KEY);
  invalidate(ALL_KEY);
}

function Revoke({ token, path, onClose }: { token: AnyToken; path: string; onClose: () => void }) {
  const t = tokenTexts;
  const { name } = token;
  const of = useServerForm({
    send: () => api.del(`${path}/${token.id}`),
    onDone: () => {
      forgetTokens();
      toast({ title: t.revoked({ name }), tone: 'success' });
      onClose();
    },
    // Somebody else was faster.
    onFailed: (error) => {
      if (error.status === 404) forgetTokens();
    },
  });
  return (
    <FormDialog title={t.revokeTitle({ name })} submit={t.revoke} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.revokeText}</p>
    </FormDialog>
  );
}

export function TokenItem({ token, path }: { token: AnyToken; path: string }) {
  const t = tokenTexts;
  const [revokes, setRevokes] = useState(false);
  const { name, kind } = token;
  return (
    <li className="token" data-expired={token.expired}>
      <Icon name={kind === 'service' ? 'plugin' : 'key'} size={20} />
      <div>
        <p className="token-head">
          <strong>{name}</strong> <code className="soft">{token.preview}</code>
          {kind === 'service' && <span className="badge">{t.service}</span>}
        </p>
        <p className="soft">
          {token.ownerName && <span>{token.ownerName}</span>}
          {kind === 'service' && token.madeByName && (
            <span>{t.madeBy({ name: token.madeByName })}</span>
          )}
          <span>
            {token.lastUsedAt ? (
              <>
                {t.used} <Time iso={token.lastUsedAt} ago />{' '}
                {token.lastAddress && t.from({ address: token.lastAddress })}
              </>
            ) : (
              t.never
            )}
          </span>
          <span>
            {token.expired ? (
              <strong className="token-expired">{t.expired}</strong>
            ) : (
              <>
                {t.until} <time dateTime={token.expiresAt}>{deadline(token.expiresAt)}</time>
              </>
            )}
          </span>
        </p>
        <details>
          <summary>{t.scopesOf({ n: token.scopes.length })}</summary>
          <ul className="token-scopes">
            {token.scopes.map((scope) => (
              <li key={scope}>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
        </details>
      </div>
      <Button variant="outlined" aria-label={t.revokeOf({ name })} onClick={() => setRevokes(true)}>
        {t.revoke}
      </Button>
      {revokes && <Revoke token={token} path={path} onClose={() => setRevokes(false)} />}
    </li>
  );
}
