/** One's own API tokens: made, revoked, all of them at once. */
import { useState } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Token } from '../api/resources';
import type { Items } from '../api/types';
import { texts } from '../text';
import { tokenTexts } from '../text/tokens';
import { toast } from '../toasts/store';
import { OWN, OWN_KEY } from '../tokens/data';
import MakeDialog from '../tokens/make-dialog';
import { forgetTokens, TokenItem } from '../tokens/token-item';
import { Button } from '../ui/button';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Bars, ErrorState } from '../ui/states';
import { Section } from './section';

function EndAll({ onClose }: { onClose: () => void }) {
  const t = tokenTexts;
  const of = useServerForm({
    send: () => api.del<{ ended: number }>(OWN),
    onDone: ({ ended }) => {
      forgetTokens();
      toast({ title: t.endedAll({ n: ended }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog title={t.endAllTitle} submit={t.endAll} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.endAllText}</p>
    </FormDialog>
  );
}

export function Tokens() {
  const t = tokenTexts;
  const [open, setOpen] = useState<'make' | 'end' | null>(null);
  const { data, error, refresh } = useQuery<Items<Token>>(OWN_KEY, (signal) =>
    api.get(OWN, { signal, query: { limit: 200 } }),
  );
  const tokens = data?.items ?? [];
  const close = () => setOpen(null);
  return (
    <Section
      title={t.own}
      actions={
        <span className="account-actions">
          {tokens.length > 1 && (
            <Button variant="outlined" onClick={() => setOpen('end')}>
              {t.endAll}
            </Button>
          )}
          <Button variant="outlined" onClick={() => setOpen('make')}>
            {t.make}
          </Button>
        </span>
      }
    >
      <p className="account-text">{t.ownText}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={texts.loading} />
      ) : (
        tokens.length > 0 && (
          <ul className="tokens">
            {tokens.map((token) => (
              <TokenItem key={token.id} token={token} path={OWN} />
            ))}
          </ul>
        )
      )}
      {open === 'make' && <MakeDialog onClose={close} />}
      {open === 'end' && <EndAll onClose={close} />}
    </Section>
  );
}
