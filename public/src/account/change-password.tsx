import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { postAuthPassword } from '../api/resources';
import { NewPassword } from '../auth/password-field';
import { useMe } from '../auth/session';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { own: t, password: words } = accountTexts;
  const me = useMe();
  const of = useServerForm({
    start: { old: '', new: '', endTokens: false },
    rules: postAuthPassword,
    send: (body) => api.post('/api/auth/password', body),
    onDone: () => {
      invalidate('sessions');
      invalidate('tokens');
      toast({ title: t.changed, message: t.changedText, tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog title={t.change} submit={t.change} of={of} onClose={onClose}>
      <p className="dialog-text">{t.changeText}</p>
      {/* For the browser's password store. */}
      <input type="hidden" name="email" autoComplete="username" value={me.email} />
      <TextInput
        of={of}
        name="old"
        label={words.old}
        type="password"
        autoComplete="current-password"
        autoFocus
        fullWidth
        margin="dense"
      />
      <NewPassword of={of} name="new" known={[me.name, me.email, me.tenantName]} />
      <FormControlLabel
        label={t.endTokens}
        control={<Checkbox size="small" {...of.form.register('endTokens')} />}
      />
    </FormDialog>
  );
}
