/** What somebody may, and which of their roles gives it. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items, User } from '../api/types';
import { withoutImplied } from '../auth/permissions';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { roleTexts } from '../text/roles';
import { nameIn, roleNames } from '../ui/names';
import { Bars, ErrorState } from '../ui/states';
import './people-dialogs.css';

interface Held {
  name: string;
  label: string;
  source: string;
  sourceName: string;
  enabled: boolean;
  roles: string[];
}

export default function PermissionsDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const t = accountTexts.people;
  const id = useId();
  const { data, error, refresh } = useQuery<Items<Held>>(`user-permissions/${user.id}`, (signal) =>
    api.get(`/api/users/${user.id}/permissions`, { signal }),
  );
  const labelOf = (p: Held) =>
    p.source === 'core' ? nameIn(roleTexts.permissions, p.name, p.label) : p.label;
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{t.permissionsTitle({ name: user.name })}</DialogTitle>
      <DialogContent>
        {error && !data ? (
          <ErrorState error={error} onRetry={refresh} />
        ) : !data ? (
          <Bars rows={6} label={texts.loading} />
        ) : data.items.length === 0 ? (
          <p className="dialog-text">{t.permissionsNone}</p>
        ) : (
          <ul className="held">
            {withoutImplied(data.items).map((p) => (
              <li key={p.name}>
                <span>
                  {labelOf(p)}
                  {!p.enabled && (
                    <span className="soft"> {t.permissionsOff({ plugin: p.sourceName })}</span>
                  )}
                </span>
                <span className="soft">{roleTexts.by({ roles: roleNames(p.roles) })}</span>
              </li>
            ))}
          </ul>
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
