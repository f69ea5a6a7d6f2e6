/** Nobody loses what was typed: another page (also by Back) needs a confirmation, and so does closing this one. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useEffect } from 'react';
import { useBlocker } from 'react-router-dom';
import { formTexts } from '../text/forms';

export function LeaveGuard({ dirty, onDiscard }: { dirty: boolean; onDiscard: () => void }) {
  const blocker = useBlocker(
    ({ currentLocation: from, nextLocation: to }) => dirty && from.pathname !== to.pathname,
  );
  useEffect(() => {
    if (!dirty) return;
    const warn = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
  const stay = () => blocker.reset?.();
  return (
    <Dialog open={blocker.state === 'blocked'} onClose={stay} aria-labelledby="leave-title">
      <DialogTitle id="leave-title">{formTexts.leaveTitle}</DialogTitle>
      <DialogContent>{formTexts.leaveText}</DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={stay} autoFocus>
          {formTexts.stay}
        </Button>
        <Button
          color="error"
          onClick={() => {
            onDiscard();
            blocker.proceed?.();
          }}
        >
          {formTexts.leave}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
