/** Asks for the password once more. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useId, useState, type FormEvent } from 'react';
import { ApiError, api } from '../api/client';
import { T } from '../text';
import { ErrorLine } from '../ui/states';

export default function PasswordDialog({ onAnswer }: { onAnswer: (confirmed: boolean) => void }) {
  const id = useId();
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await api.post('/api/auth/confirm', { password });
      onAnswer(true);
    } catch (caught) {
      setError(caught as ApiError);
      setPassword('');
      setBusy(false);
    }
  };
  return (
    <Dialog open fullWidth maxWidth="xs" onClose={() => onAnswer(false)} aria-labelledby={id}>
      <form onSubmit={(e) => void submit(e)}>
        <DialogTitle id={id}>{T.confirm.title}</DialogTitle>
        <DialogContent>
          <p className="dialog-text">{T.confirm.text}</p>
          <TextField
            label={T.signIn.password}
            type="password"
            name="password"
            autoComplete="current-password"
            autoFocus
            required
            fullWidth
            margin="dense"
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
          <ErrorLine error={error} />
        </DialogContent>
        <DialogActions>
          <Button color="inherit" onClick={() => onAnswer(false)}>
            {T.cancel}
          </Button>
          <Button type="submit" variant="contained" loading={busy}>
            {T.confirm.submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
