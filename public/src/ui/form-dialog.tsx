/** A dialog with one form: nothing closes it while it is being sent. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, type FormEvent, type ReactNode } from 'react';
import { texts } from '../text';
import { FormError, type FormProblem } from './form';

export function FormDialog(props: {
  title: string;
  submit: string;
  danger?: boolean;
  wide?: boolean;
  /** Of useServerForm(). */
  of: FormProblem & { busy: boolean; submit: (e?: FormEvent) => Promise<void> };
  onClose: () => void;
  children: ReactNode;
}) {
  const id = useId();
  const { of } = props;
  return (
    <Dialog
      open
      fullWidth
      maxWidth={props.wide ? 'sm' : 'xs'}
      onClose={() => !of.busy && props.onClose()}
      aria-labelledby={id}
    >
      <form noValidate onSubmit={(e) => void of.submit(e)}>
        <DialogTitle id={id}>{props.title}</DialogTitle>
        <DialogContent>
          {props.children}
          <FormError of={of} />
        </DialogContent>
        <DialogActions>
          <Button color="inherit" onClick={props.onClose} disabled={of.busy}>
            {texts.cancel}
          </Button>
          <Button
            type="submit"
            variant="contained"
            color={props.danger ? 'error' : 'primary'}
            loading={of.busy}
          >
            {props.submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
