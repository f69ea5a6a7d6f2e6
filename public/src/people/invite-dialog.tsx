/** Brings somebody in: name, address, roles; then the link to hand over. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { postUsers } from '../api/resources';
import type { User } from '../api/types';
import { accountTexts } from '../text/account';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { LinkBox, MailNote, type OneTimeLink, type SentMail } from './link-box';
import { RoleBoxes } from './person-fields';
import './people-dialogs.css';

/** Where the server sends mails the invited person alone gets the link. */
type Invited = User & { link?: OneTimeLink; mail?: SentMail };

const EMPTY = { name: '', email: '', roles: ['Technician'] as string[] };

export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = accountTexts.people;
  const id = useId();
  const [invited, setInvited] = useState<Invited | null>(null);
  const of = useServerForm({
    start: EMPTY,
    rules: postUsers,
    body: ({ name, email, roles }) => ({ name: name.trim(), email: email.trim(), roles }),
    send: (body) => api.post<Invited>('/api/users', body),
    onDone: (found) => {
      invalidate('users');
      setInvited(found);
    },
  });
  if (invited)
    return (
      <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
        <DialogTitle id={id}>{t.invited({ name: invited.name })}</DialogTitle>
        <DialogContent>
          {invited.link && <LinkBox link={invited.link} name={invited.name} />}
          {invited.mail && <MailNote mail={invited.mail} />}
        </DialogContent>
        <DialogActions>
          <Button
            color="inherit"
            onClick={() => {
              of.form.reset();
              setInvited(null);
            }}
          >
            {t.another}
          </Button>
          <Button variant="contained" onClick={onClose}>
            {t.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  return (
    <FormDialog title={t.inviteTitle} submit={t.send} of={of} onClose={onClose}>
      <TextInput
        of={of}
        name="name"
        label={t.name}
        autoComplete="off"
        autoFocus
        fullWidth
        margin="dense"
      />
      <TextInput
        of={of}
        name="email"
        label={t.email}
        type="email"
        autoComplete="off"
        fullWidth
        margin="dense"
        slotProps={{ htmlInput: { autoCapitalize: 'none' } }}
      />
      <RoleBoxes of={of} />
    </FormDialog>
  );
}
