/** One yes-or-no question; what goes wrong is said where the button is. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';
import { texts } from '../text';
import { useOperation } from './operation';
import { OperationError } from './operation-error';

export function Confirm(props: {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
}) {
  const id = useId();
  const operation = useOperation();
  const yes = async () => {
    if (await operation.run(async () => (await props.run()) ?? true)) props.onClose();
  };
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      onClose={() => !operation.busy && props.onClose()}
      role="alertdialog"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>{props.title}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">{props.text}</p>
        <OperationError error={operation.error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={props.onClose} disabled={operation.busy} autoFocus>
          {texts.cancel}
        </Button>
        <Button
          variant="contained"
          color={props.danger ? 'error' : 'primary'}
          loading={operation.busy}
          onClick={() => void yes()}
        >
          {props.confirm}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
