/** One question before the code goes back. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';
import type { Installation } from '../api/types';
import { T } from '../text';
import { P } from '../text/plugins';
import { rollback } from './calls';
import { useDeed } from './deed';
import { DeedError } from './deed-error';
import { StepProgress, useStep } from './steps';

export function RollbackDialog({ plugin, onClose }: { plugin: Installation; onClose: () => void }) {
  const id = useId();
  const deed = useDeed();
  const step = useStep(plugin.pluginKey);
  const to = plugin.previousVersion ?? '?';
  const go = async () => {
    if (await deed.run(() => rollback(plugin.id))) onClose();
  };
  return (
    <Dialog open fullWidth maxWidth="xs" onClose={onClose} role="alertdialog" aria-labelledby={id}>
      <DialogTitle id={id}>{P.rollbackTitle(plugin.displayName, to)}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">
          {P.fromTo(plugin.version, to)}. {P.rollbackText}
        </p>
        {deed.busy && <StepProgress step={step} label={plugin.displayName} />}
        <DeedError error={deed.error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose} autoFocus>
          {deed.busy ? P.background : T.cancel}
        </Button>
        {!deed.busy && (
          <Button variant="contained" onClick={() => void go()}>
            {P.rollback}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
