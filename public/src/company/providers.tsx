/** Settings -> Company: providers of OpenID Connect by which people of the company sign in. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { toast } from '../toasts/store';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import ProviderDialog from './provider-dialog';
import { PROVIDERS_KEY, PROVIDERS_PATH, type Provider, type ProviderList } from './provider-data';
import './company.css';

function RemoveDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const t = companyTexts.providers;
  const of = useServerForm({
    send: () => api.del(`${PROVIDERS_PATH}/${provider.id}`),
    onDone: () => {
      invalidate(PROVIDERS_KEY);
      toast({ title: t.removed({ name: provider.name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.removeTitle({ name: provider.name })}
      submit={t.remove}
      danger
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.removeText({ n: provider.people })}</p>
    </FormDialog>
  );
}

function Redirect({ uri }: { uri: string }) {
  const t = companyTexts.providers;
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(uri).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <div className="provider-redirect">
      <TextField
        size="small"
        fullWidth
        label={t.redirect}
        value={uri}
        helperText={t.redirectText}
        onFocus={(e) => e.target.select()}
        slotProps={{ htmlInput: { readOnly: true } }}
      />
      <Button variant="outlined" onClick={copy}>
        <span aria-live="polite">{copied ? t.copied : t.copy}</span>
      </Button>
    </div>
  );
}

type Open = { what: 'add' } | { what: 'edit' | 'remove'; provider: Provider } | null;

export function Providers() {
  const t = companyTexts.providers;
  const [open, setOpen] = useState<Open>(null);
  const { data, error, refresh } = useQuery<ProviderList>(PROVIDERS_KEY, (signal) =>
    api.get(PROVIDERS_PATH, { signal }),
  );
  const close = () => setOpen(null);
  // Somebody who may not, without all permissions of the company.
  if (error?.status === 403) return <p className="company-exports soft">{error.message}</p>;
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  return (
    <section className="company-exports" aria-label={t.title}>
      <p className="soft">{t.text}</p>
      <Redirect uri={data.redirectUri} />
      <Button
        variant="outlined"
        startIcon={<Icon name="plus" size={14} />}
        onClick={() => setOpen({ what: 'add' })}
      >
        {t.add}
      </Button>
      {data.items.length > 0 && (
        <ul>
          {data.items.map((provider) => (
            <li key={provider.id}>
              <span className="export-what">
                <span>
                  <strong>{provider.name}</strong>{' '}
                  {!provider.enabled ? t.off : provider.required && t.requiredNote}
                </span>
                <span className="soft provider-issuer">
                  {provider.issuer} · {t.people({ n: provider.people })}
                </span>
              </span>
              <Button onClick={() => setOpen({ what: 'edit', provider })}>{t.edit}</Button>
              <Button color="inherit" onClick={() => setOpen({ what: 'remove', provider })}>
                {t.remove}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {open?.what === 'remove' && <RemoveDialog provider={open.provider} onClose={close} />}
      {open?.what === 'add' && <ProviderDialog signedOutUri={data.signedOutUri} onClose={close} />}
      {open?.what === 'edit' && (
        <ProviderDialog provider={open.provider} signedOutUri={data.signedOutUri} onClose={close} />
      )}
    </section>
  );
}
