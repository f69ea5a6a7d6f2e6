/** The button that brings somebody in. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import InviteDialog from './invite-dialog';

export default function Invite() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="contained" startIcon={<Icon name="plus" />} onClick={() => setOpen(true)}>
        {accountTexts.people.invite}
      </Button>
      {open && <InviteDialog onClose={() => setOpen(false)} />}
    </>
  );
}
