/** Who has a permission, and by which roles. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useEffect, useId, useState } from 'react';
import { api, ApiError } from '../api/client';
import { texts } from '../text';
import { roleTexts } from '../text/roles';
import { roleNames } from '../ui/names';
import { Bars, ErrorLine } from '../ui/states';
import type { Row } from './data';

interface Holder {
  id: string;
  name: string;
  email: string;
  pending: boolean;
  roles: string[];
  ownOnly: boolean;
}
interface Page {
  items: Holder[];
  total: number;
}
const PAGE = 50;

/** A page after the other, as they are asked for. */
function useHolders(permission: string) {
  const [people, setPeople] = useState<Page | null>(null);
  const [wanted, setWanted] = useState(PAGE);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    api
      .get<Page>(`/api/permissions/${encodeURIComponent(permission)}/people`, {
        signal: stop.signal,
        query: { limit: PAGE, offset: wanted - PAGE },
      })
      .then((page) =>
        setPeople((old) => ({
          items: [...(wanted > PAGE && old ? old.items : []), ...page.items],
          total: page.total,
        })),
      )
      .catch((caught: unknown) => {
        if (!stop.signal.aborted && caught instanceof ApiError) setError(caught);
      });
    return () => stop.abort();
  }, [permission, wanted]);
  return { people, error, more: () => setWanted((n) => n + PAGE) };
}

export default function HoldersDialog({ row, onClose }: { row: Row; onClose: () => void }) {
  const id = useId();
  const { people, error, more } = useHolders(row.name);
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{roleTexts.whoTitle({ permission: row.label })}</DialogTitle>
      <DialogContent>
        {!people && !error && <Bars rows={3} label={texts.loading} />}
        <ErrorLine error={error} />
        {people && (
          <>
            <p className="dialog-text">{roleTexts.who({ n: people.total })}</p>
            <ul className="holders">
              {people.items.map((p) => (
                <li key={p.id}>
                  <span className="holders-name">
                    {p.name}
                    <span className="soft"> {p.email}</span>
                  </span>
                  <span className="holders-roles">
                    {roleTexts.by({ roles: roleNames(p.roles) })}
                    {p.ownOnly && <span className="soft"> · {roleTexts.scope.own}</span>}
                  </span>
                </li>
              ))}
            </ul>
            {people.items.length < people.total && (
              <Button size="small" onClick={more}>
                {roleTexts.more}
              </Button>
            )}
          </>
        )}
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose} autoFocus>
          {texts.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
