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
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { StepProgress, useStep } from './steps';

export function RollbackDialog({ plugin, onClose }: { plugin: Installation; onClose: () => void }) {
  const id = useId();
  const operation = useOperation();
  const step = useStep(plugin.pluginKey);
  const to = plugin.previousVersion ?? '?';
  const go = async () => {
    if (await operation.run(() => rollback(plugin.id))) onClose();
  };
  return (
    <Dialog open fullWidth maxWidth="xs" onClose={onClose} role="alertdialog" aria-labelledby={id}>
      <DialogTitle id={id}>{P.rollbackTitle(plugin.displayName, to)}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">
          {P.fromTo(plugin.version, to)}. {P.rollbackText}
        </p>
        {operation.busy && <StepProgress step={step} label={plugin.displayName} />}
        <OperationError error={operation.error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose} autoFocus>
          {operation.busy ? P.background : T.cancel}
        </Button>
        {!operation.busy && (
          <Button variant="contained" onClick={() => void go()}>
            {P.rollback}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
