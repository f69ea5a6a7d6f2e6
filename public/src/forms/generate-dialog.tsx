/** A generated secret: asked for, shown once, copied, gone. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useState } from 'react';
import type { ApiError } from '../api/client';
import { texts } from '../text';
import { formTexts } from '../text/forms';
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
        {value === null
          ? formTexts.generateTitle({ label: setting.label })
          : formTexts.generated({ label: setting.label })}
      </DialogTitle>
      <DialogContent className="stack">
        <p>
          {value !== null
            ? formTexts.generatedNote
            : isSet
              ? formTexts.generateText
              : formTexts.generateFirst}
        </p>
        {value !== null && (
          <div className="secret-once">
            <code data-testid="generated" tabIndex={0}>
              {value}
            </code>
            <Button variant="outlined" onClick={() => void copy()}>
              {copied ? <Icon name="check" size={14} /> : null}{' '}
              {copied ? formTexts.copied : formTexts.copy}
            </Button>
          </div>
        )}
        <p role="status" className="soft">
          {copied === false ? formTexts.notCopied : ''}
        </p>
        <ErrorLine error={error} />
      </DialogContent>
      <DialogActions>
        {value === null ? (
          <>
            <Button color="inherit" onClick={onClose} disabled={busy}>
              {texts.cancel}
            </Button>
            <Button variant="contained" loading={busy} onClick={() => void generate()}>
              {formTexts.generateIt}
            </Button>
          </>
        ) : (
          <Button variant="contained" onClick={onClose}>
            {formTexts.done}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
