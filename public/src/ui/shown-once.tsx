/** What is shown this once, and copied from here: a token, a secret. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import { Icon } from './icons';
import './form.css';

export function ShownOnce(props: {
  title: string;
  text: string;
  label: string;
  value: string;
  copy: string;
  copied: string;
  done: string;
  /** How it is used: a title and some code. */
  example: { title: string; code: string };
  onClose: () => void;
}) {
  const { title, text, label, value, example, onClose } = props;
  const id = useId();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // A page that isn't served by https has no clipboard: the field's text can be copied by hand.
    void navigator.clipboard?.writeText(value).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    // No click beside it closes what is shown only once.
    <Dialog open fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">{text}</p>
        <TextField
          label={label}
          fullWidth
          margin="dense"
          value={value}
          autoFocus
          onFocus={(e) => e.target.select()}
          slotProps={{ htmlInput: { readOnly: true, className: 'shown-once' } }}
        />
        <Button
          variant="outlined"
          onClick={copy}
          startIcon={<Icon name={copied ? 'check' : 'link'} />}
        >
          <span aria-live="polite">{copied ? props.copied : props.copy}</span>
        </Button>
        <h3 className="shown-once-title">{example.title}</h3>
        <pre className="shown-once shown-once-example" tabIndex={0} aria-label={example.title}>
          {example.code}
        </pre>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {props.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
