/** Makes a token, one's own or a service's, and shows it this once. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { postTokens } from '../api/resources';
import type { Items } from '../api/types';
import { texts } from '../text';
import { tokenTexts } from '../text/tokens';
import { ChoiceInput, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { Bars, ErrorLine } from '../ui/states';
import { ALL, ALL_KEY, exampleOf, OWN, OWN_KEY, type Made, type Scope } from './data';
import { ScopeBoxes } from './scope-boxes';
import './tokens.css';

const DAYS = ['7', '30', '90', '365'] as const;
const EMPTY = { name: '', days: '90', scopes: [] as string[] };

function Shown({ made, name, onClose }: { made: Made; name: string; onClose: () => void }) {
  const t = tokenTexts;
  const id = useId();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // A page that isn't served by https has no clipboard: the field's text can be copied by hand.
    void navigator.clipboard?.writeText(made.token).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    // No click beside it closes what is shown only once.
    <Dialog open fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t.madeTitle({ name })}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">{t.madeText}</p>
        <TextField
          label={t.token}
          fullWidth
          margin="dense"
          value={made.token}
          autoFocus
          onFocus={(e) => e.target.select()}
          slotProps={{ htmlInput: { readOnly: true, className: 'token-text' } }}
        />
        <Button
          variant="outlined"
          onClick={copy}
          startIcon={<Icon name={copied ? 'check' : 'link'} />}
        >
          <span aria-live="polite">{copied ? t.copied : t.copy}</span>
        </Button>
        <h3 className="token-example-title">{t.example}</h3>
        <pre className="token-example" tabIndex={0} aria-label={t.example}>
          {exampleOf(window.location.origin, made.token)}
        </pre>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {t.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

export default function MakeDialog({
  service = false,
  onClose,
}: {
  service?: boolean;
  onClose: () => void;
}) {
  const t = tokenTexts;
  const [made, setMade] = useState<Made | null>(null);
  const { data, error } = useQuery<Items<Scope>>('token-scopes', (signal) =>
    api.get(`${OWN}/scopes`, { signal }),
  );
  const of = useServerForm({
    start: EMPTY,
    rules: postTokens,
    body: ({ name, days, scopes }) => ({ name: name.trim(), days: Number(days), scopes }),
    send: (body) => api.post<Made>(service ? ALL : OWN, body),
    onDone: (found) => {
      invalidate(OWN_KEY);
      invalidate(ALL_KEY);
      setMade(found);
    },
  });
  if (made) return <Shown made={made} name={of.form.getValues('name').trim()} onClose={onClose} />;
  return (
    <FormDialog
      title={service ? t.makeServiceTitle : t.makeTitle}
      submit={t.submit}
      wide
      of={of}
      onClose={onClose}
    >
      {service && <p className="dialog-text">{t.serviceText}</p>}
      <TextInput
        of={of}
        name="name"
        label={t.name}
        helperText={t.nameText}
        autoComplete="off"
        autoFocus
        fullWidth
        margin="dense"
      />
      <div className="token-days">
        <ChoiceInput
          of={of}
          name="days"
          label={t.days}
          keepLabel
          options={DAYS.map((value) => ({ value, label: t.daysOf({ n: Number(value) }) }))}
        />
      </div>
      {data ? (
        <ScopeBoxes of={of} scopes={data.items} />
      ) : error ? (
        <ErrorLine error={error} />
      ) : (
        <Bars rows={4} label={texts.loading} />
      )}
    </FormDialog>
  );
}
