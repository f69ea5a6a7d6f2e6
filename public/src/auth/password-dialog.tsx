/** Asks for the password once more. */
import { api } from '../api/client';
import { postAuthConfirm } from '../api/resources';
import { accountTexts } from '../text/account';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';

export default function PasswordDialog({ onAnswer }: { onAnswer: (confirmed: boolean) => void }) {
  const of = useServerForm({
    start: { password: '' },
    rules: postAuthConfirm,
    send: (body) => api.post('/api/auth/confirm', body),
    onDone: () => onAnswer(true),
    onFailed: () => of.form.setValue('password', ''),
  });
  return (
    <FormDialog
      title={accountTexts.confirm.title}
      submit={accountTexts.confirm.submit}
      of={of}
      onClose={() => onAnswer(false)}
    >
      <p className="dialog-text">{accountTexts.confirm.text}</p>
      <TextInput
        of={of}
        name="password"
        label={accountTexts.signIn.password}
        type="password"
        autoComplete="current-password"
        autoFocus
        fullWidth
        margin="dense"
      />
    </FormDialog>
  );
}
