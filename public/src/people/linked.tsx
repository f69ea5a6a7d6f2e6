/** Providers of OpenID Connect that know somebody, and ending that. */
import { ApiError, api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items } from '../api/types';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { Time } from '../ui/time';
import './linked.css';

interface LinkedProvider {
  id: string;
  name: string;
  usedAt: string;
}

/** One's own, or by somebody's path and words those of another person. */
export function Linked({ path = '/api/me/providers', text = accountTexts.own.linkedText }) {
  const t = accountTexts.own;
  const { data, refresh } = useQuery<Items<LinkedProvider>>(`linked-providers ${path}`, (signal) =>
    api.get(path, { signal }),
  );
  if (!data || data.items.length === 0) return null;
  const end = async ({ id, name }: LinkedProvider) => {
    try {
      await api.del(`${path}/${id}`);
      toast({ title: t.unlinked({ name }), tone: 'success' });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast({ title: t.unlinkFailed({ name }), message: error.message, tone: 'error' });
    }
    refresh();
  };
  return (
    <>
      <p className="account-text">{text}</p>
      <ul className="own-sessions" aria-label={t.linked}>
        {data.items.map((p) => (
          <li key={p.id} className="own-session">
            <div>
              <strong>{p.name}</strong>
              <p className="soft">
                {t.used} <Time iso={p.usedAt} ago />
              </p>
            </div>
            <Button
              variant="outlined"
              aria-label={t.unlinkOf({ name: p.name })}
              onClick={() => void end(p)}
            >
              {t.unlink}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
