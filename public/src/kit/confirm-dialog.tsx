/** One yes-or-no question; what goes wrong is said where the button is. */
import { FormDialog } from '../ui/form-dialog';
import { useServerForm } from '../ui/form';

export function ConfirmDialog(props: {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
}) {
  const of = useServerForm({ send: props.run, onDone: props.onClose });
  return (
    <FormDialog
      of={of}
      title={props.title}
      submit={props.confirm}
      danger={props.danger ?? false}
      onClose={props.onClose}
    >
      <p className="dialog-text">{props.text}</p>
    </FormDialog>
  );
}
