/**
 * What pages of a one-time link share: /welcome#TOKEN, /setup#TOKEN. The token is behind the #, which browsers keep to
 * themselves. No plugin runs here, as nobody is signed in yet as far as these pages are concerned.
 */
import Button from '@mui/material/Button';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError, api } from '../api/client';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { Bars, ErrorState } from '../ui/states';

const tokenOf = (hash: string): string => hash.slice(1);

/** Also one that was cut off when it was copied. */
export const isInvalid = (error: ApiError): boolean =>
  error.kind === 'link-invalid' || (error.status === 422 && error.field('token') !== undefined);

export function LinkFrame(props: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${props.title} · ${texts.product}`;
  }, [props.title]);
  return (
    <>
      <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={40} height={40} />
      <h1>{props.title}</h1>
      {props.children}
    </>
  );
}

export function LinkPage<Found>(props: {
  /** Says what the link is for. */
  path: string;
  /** Where the link doesn't work. */
  invalidText: string;
  onDone: () => void;
  children: (token: string, found: Found, onInvalid: () => void) => ReactNode;
}) {
  const t = accountTexts.welcome;
  const { path } = props;
  const [token, setToken] = useState(() => tokenOf(window.location.hash));
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [invalid, setInvalid] = useState(false);
  const [tries, setTries] = useState(0);

  // Another link in the same tab changes the fragment alone, and loads no page.
  useEffect(() => {
    const changed = () => setToken(tokenOf(window.location.hash));
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);

  useEffect(() => {
    const abort = new AbortController();
    setFound(null);
    setError(null);
    setInvalid(token === '');
    if (token)
      api
        .post<Found>(path, { token }, { signal: abort.signal })
        .then(setFound)
        .catch((caught: unknown) => {
          if (!(caught instanceof ApiError)) return;
          if (isInvalid(caught)) setInvalid(true);
          else setError(caught);
        });
    return () => abort.abort();
  }, [path, token, tries]);

  return (
    <main className="sign-in">
      {invalid ? (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            props.onDone();
          }}
        >
          <LinkFrame title={t.invalid}>
            <p role="alert">{props.invalidText}</p>
            <Button type="submit" variant="outlined" size="medium">
              {t.toSignIn}
            </Button>
          </LinkFrame>
        </form>
      ) : error ? (
        <ErrorState error={error} onRetry={() => setTries(tries + 1)} />
      ) : found ? (
        props.children(token, found, () => setInvalid(true))
      ) : (
        <Bars rows={3} label={t.checking} />
      )}
    </main>
  );
}
