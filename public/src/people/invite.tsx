/** The buttons that bring somebody in: one person, or those of a file. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import ImportDialog from './import-dialog';
import InviteDialog from './invite-dialog';

export default function Invite() {
  const [open, setOpen] = useState<'one' | 'file' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Button color="inherit" startIcon={<Icon name="upload" />} onClick={() => setOpen('file')}>
        {accountTexts.import.open}
      </Button>
      <Button variant="contained" startIcon={<Icon name="plus" />} onClick={() => setOpen('one')}>
        {accountTexts.people.invite}
      </Button>
      {open === 'one' && <InviteDialog onClose={close} />}
      {open === 'file' && <ImportDialog onClose={close} />}
    </>
  );
}
