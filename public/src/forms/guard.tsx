/** Nobody loses what was typed by a click beside: links ask first, the browser asks at closing. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useEffect, useState } from 'react';
import { navigate } from '../router/router';
import { F } from '../text/forms';

function ownLink(e: MouseEvent): string | null {
  if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return null;
  const link = e.target instanceof Element ? e.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download'))
    return null;
  return link.origin === window.location.origin ? link.pathname + link.search : null;
}

export function LeaveGuard({ dirty, onDiscard }: { dirty: boolean; onDiscard: () => void }) {
  const [to, setTo] = useState<string | null>(null);
  useEffect(() => {
    if (!dirty) return;
    const warn = (e: BeforeUnloadEvent) => e.preventDefault();
    const hold = (e: MouseEvent) => {
      const path = ownLink(e);
      if (path === null) return;
      e.preventDefault();
      e.stopPropagation();
      setTo(path);
    };
    window.addEventListener('beforeunload', warn);
    document.addEventListener('click', hold, true);
    return () => {
      window.removeEventListener('beforeunload', warn);
      document.removeEventListener('click', hold, true);
    };
  }, [dirty]);
  return (
    <Dialog open={to !== null} onClose={() => setTo(null)} aria-labelledby="leave-title">
      <DialogTitle id="leave-title">{F.leaveTitle}</DialogTitle>
      <DialogContent>{F.leaveText}</DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={() => setTo(null)} autoFocus>
          {F.stay}
        </Button>
        <Button
          color="error"
          onClick={() => {
            onDiscard();
            if (to !== null) navigate(to);
            setTo(null);
          }}
        >
          {F.leave}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
