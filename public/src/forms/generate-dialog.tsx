/** A generated secret: asked for, shown once, copied, gone. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useState } from 'react';
import type { ApiError } from '../api/client';
import { T } from '../text';
import { F } from '../text/forms';
import { Icon } from '../ui/icons';
import { ErrorLine } from '../ui/states';
import type { Setting } from './types';

export function GenerateDialog(props: {
  setting: Setting;
  isSet: boolean;
  onGenerate: () => Promise<string>;
  onClose: () => void;
}) {
  const { setting, isSet, onGenerate, onClose } = props;
  const [value, setValue] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [copied, setCopied] = useState<boolean | null>(null);

  const generate = async () => {
    setBusy(true);
    setError(null);
    try {
      setValue(await onGenerate());
    } catch (caught) {
      setError(caught as ApiError);
    }
    setBusy(false);
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value ?? '');
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      // A click beside must not lose what is shown only once.
      onClose={() => !busy && value === null && onClose()}
      aria-labelledby="generate-title"
    >
      <DialogTitle id="generate-title">
        {value === null ? F.generateTitle(setting.label) : F.generated(setting.label)}
      </DialogTitle>
      <DialogContent className="stack">
        <p>{value !== null ? F.generatedNote : isSet ? F.generateText : F.generateFirst}</p>
        {value !== null && (
          <div className="secret-once">
            <code data-testid="generated" tabIndex={0}>
              {value}
            </code>
            <Button variant="outlined" onClick={() => void copy()}>
              {copied ? <Icon name="check" size={14} /> : null} {copied ? F.copied : F.copy}
            </Button>
          </div>
        )}
        <p role="status" className="soft">
          {copied === false ? F.notCopied : ''}
        </p>
        <ErrorLine error={error} />
      </DialogContent>
      <DialogActions>
        {value === null ? (
          <>
            <Button color="inherit" onClick={onClose} disabled={busy}>
              {T.cancel}
            </Button>
            <Button variant="contained" loading={busy} onClick={() => void generate()}>
              {F.generateIt}
            </Button>
          </>
        ) : (
          <Button variant="contained" onClick={onClose}>
            {F.done}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
