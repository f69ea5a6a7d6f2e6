/** Where the person is signed in: a browser or a program each, this one first, and signing out there. */
import { useState } from 'react';
import { ApiError, api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Items, OwnSession } from '../api/types';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { Section } from './section';

const KEY = 'sessions';
const PATH = '/api/me/sessions';

function nameOf(session: OwnSession): string {
  const known = [session.browser, session.platform].filter((part) => part !== null);
  return known.length > 0 ? known.join(' · ') : accountTexts.own.unknown;
}

function EndOthers({ onClose }: { onClose: () => void }) {
  const t = accountTexts.own;
  const of = useServerForm({
    send: () => api.del<{ ended: number }>(PATH),
    onDone: ({ ended }) => {
      invalidate(KEY);
      toast({ title: t.endedOthers({ n: ended }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog title={t.endOthersTitle} submit={t.endOthers} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.endOthersText}</p>
    </FormDialog>
  );
}

function Row({ session }: { session: OwnSession }) {
  const t = accountTexts.own;
  const name = nameOf(session);
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await api.del(`${PATH}/${session.id}`);
      toast({ title: t.ended({ name }), tone: 'success' });
    } catch (error) {
      // Over already is as good as done.
      if (!(error instanceof ApiError) || error.status !== 404)
        toast({
          title: t.endFailed({ name }),
          message: error instanceof ApiError ? error.message : undefined,
          tone: 'error',
        });
      setBusy(false);
    }
    invalidate(KEY);
  };
  return (
    <li className="own-session">
      <Icon name={session.kind === 'token' ? 'keyboard' : 'system'} size={20} />
      <div>
        <strong>{name}</strong>
        <p className="soft">
          {session.current ? (
            <span className="own-here">{t.here}</span>
          ) : (
            session.lastUsedAt && (
              <span>
                {t.used} <Time iso={session.lastUsedAt} ago />
              </span>
            )
          )}
          {session.kind === 'token' && <span>{t.token}</span>}
          {session.kind === 'system' && <span>{t.system}</span>}
          {session.address && <span>{session.address}</span>}
          <span>
            {t.since} <Time iso={session.createdAt} ago />
          </span>
        </p>
      </div>
      {!session.current && (
        <Button
          variant="outlined"
          loading={busy}
          aria-label={t.endOf({ name })}
          onClick={() => void end()}
        >
          {t.end}
        </Button>
      )}
    </li>
  );
}

export function Sessions() {
  const t = accountTexts.own;
  const [ends, setEnds] = useState(false);
  const { data, error, refresh } = useQuery<Items<OwnSession>>(KEY, (signal) =>
    api.get(PATH, { signal }),
  );
  const sessions = data?.items ?? [];
  return (
    <Section
      title={t.sessions}
      actions={
        sessions.length > 1 && (
          <Button variant="outlined" onClick={() => setEnds(true)}>
            {t.endOthers}
          </Button>
        )
      }
    >
      <p className="account-text">{t.sessionsText}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={3} label={texts.loading} />
      ) : (
        <ul className="own-sessions">
          {[...sessions]
            .sort((a, b) => Number(b.current) - Number(a.current))
            .map((s) => (
              <Row key={s.id} session={s} />
            ))}
        </ul>
      )}
      {ends && <EndOthers onClose={() => setEnds(false)} />}
    </Section>
  );
}
