/**
 * The password once more, when the server wants it before rights are given away. It stops somebody at a
 * screen that was left alone. It can't stop what a plugin shows: that runs on this very page, as the
 * person who looks.
 */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { ApiError, api, setPasswordHandler } from '../api/client';
import { T } from '../text';
import { ErrorLine } from '../ui/states';

type Answer = (confirmed: boolean) => void;

/** Requests that wait for the same dialog are answered together. */
function useQuestion() {
  const waiting = useRef<Answer[]>([]);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    setPasswordHandler(
      () =>
        new Promise<boolean>((resolve) => {
          waiting.current.push(resolve);
          setOpen(true);
        }),
    );
    return () => setPasswordHandler(() => Promise.resolve(false));
  }, []);
  const answer = (confirmed: boolean) => {
    setOpen(false);
    waiting.current.splice(0).forEach((resolve) => resolve(confirmed));
  };
  return { open, answer };
}

export function ConfirmPassword() {
  const { open, answer } = useQuestion();
  const id = useId();
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const leave = (confirmed: boolean) => {
    setPassword('');
    setError(null);
    answer(confirmed);
  };
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await api.post('/api/auth/confirm', { password });
      leave(true);
    } catch (caught) {
      setError(caught as ApiError);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} fullWidth maxWidth="xs" onClose={() => leave(false)} aria-labelledby={id}>
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
          <Button color="inherit" onClick={() => leave(false)}>
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
