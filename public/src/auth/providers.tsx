/** Ways to sign in by OpenID Connect: providers of the server, and those of a company once its code is known. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type FormEvent } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items } from '../api/types';
import { accountTexts } from '../text/account';

interface Provider {
  id: string;
  name: string;
}

const PLACE = 'mortise-company';

/** The code that was typed last; a browser may refuse to keep it. */
function storedCode(): string {
  try {
    return localStorage.getItem(PLACE) ?? '';
  } catch {
    return '';
  }
}
function storeCode(code: string) {
  try {
    localStorage.setItem(PLACE, code);
  } catch {
    // It is typed again the next time.
  }
}

const startOf = (id: string) =>
  `/api/auth/oidc/${id}/start?return=${encodeURIComponent(location.pathname + location.search)}`;

/** Why a provider sent nobody: a word in the address of this page, which then goes. */
function takeFailure(): { why: string; request: string } | null {
  const params = new URLSearchParams(location.search);
  const why = params.get('signin');
  if (why === null) return null;
  const request = params.get('request') ?? '';
  history.replaceState(history.state, '', location.pathname);
  return { why, request: /^[0-9a-f]{32}$/.test(request) ? request : '' };
}

export function Failure() {
  const t = accountTexts.providers;
  const [failure] = useState(takeFailure);
  if (!failure) return null;
  if (failure.why === 'signed-out')
    return (
      <p role="status" className="sign-in-note">
        {t.signedOut}
      </p>
    );
  const words: Readonly<Record<string, string>> = t.why;
  return (
    <div role="alert" className="sign-in-failure">
      <strong>{t.failed}</strong>
      <p>{Object.hasOwn(words, failure.why) ? words[failure.why] : t.why.provider}</p>
      {failure.request && <p className="soft">{t.request({ id: failure.request })}</p>}
    </div>
  );
}

export function Providers() {
  const t = accountTexts.providers;
  const [code, setCode] = useState(
    () => new URLSearchParams(location.search).get('company') ?? storedCode(),
  );
  const [typed, setTyped] = useState(code);
  const [asks, setAsks] = useState(false);
  const { data } = useQuery<Items<Provider>>(`sign-in-providers ${code}`, (signal) =>
    api.get(`/api/sign-in/providers?company=${encodeURIComponent(code)}`, { signal }),
  );
  const show = (e: FormEvent) => {
    e.preventDefault();
    setCode(typed.trim());
    storeCode(typed.trim());
  };
  const found = data?.items ?? [];
  return (
    <div className="sign-in-providers">
      {found.length > 0 && (
        <>
          <p className="sign-in-or">{t.or}</p>
          {found.map((p) => (
            <Button key={p.id} variant="outlined" size="medium" href={startOf(p.id)}>
              {t.with({ name: p.name })}
            </Button>
          ))}
        </>
      )}
      {asks ? (
        <form noValidate onSubmit={show}>
          <TextField
            size="small"
            label={t.code}
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
            autoFocus
            helperText={code && data && found.length === 0 ? t.none : undefined}
            slotProps={{ htmlInput: { autoCapitalize: 'none', maxLength: 40 } }}
          />
          <Button type="submit" variant="outlined" size="medium">
            {t.show}
          </Button>
        </form>
      ) : (
        <Button color="inherit" onClick={() => setAsks(true)}>
          {t.company}
        </Button>
      )}
    </div>
  );
}
