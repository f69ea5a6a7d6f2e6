/** One question before the code goes back. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';
import type { Installation } from '../api/types';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
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
      <DialogTitle id={id}>
        {pluginTexts.rollbackTitle({ name: plugin.displayName, v: to })}
      </DialogTitle>
      <DialogContent>
        <p className="dialog-text">
          {pluginTexts.fromTo({ from: plugin.version, to })}. {pluginTexts.rollbackText}
        </p>
        {operation.busy && <StepProgress step={step} label={plugin.displayName} />}
        <OperationError error={operation.error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose} autoFocus>
          {operation.busy ? pluginTexts.background : texts.cancel}
        </Button>
        {!operation.busy && (
          <Button variant="contained" onClick={() => void go()}>
            {pluginTexts.rollback}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
