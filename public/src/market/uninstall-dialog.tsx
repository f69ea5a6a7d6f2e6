/** What is lost is said before it is: delete the rows, or take them along first. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import Dialog from '@mui/material/Dialog';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import type { Installation } from '../api/types';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { dayOf, fileSize } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { uninstall, useUsage } from './calls';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { StepProgress, useStep } from './steps';
import type { Exported } from './types';

function Choices(props: {
  value: 'delete' | 'export';
  onChange: (v: 'delete' | 'export') => void;
}) {
  const id = useId();
  const label = (title: string, text: string) => (
    <span className="choice-text">
      <strong>{title}</strong>
      <span className="soft">{text}</span>
    </span>
  );
  return (
    <>
      <h3 id={id} className="dialog-label">
        {pluginTexts.uninstall.data}
      </h3>
      <RadioGroup
        aria-labelledby={id}
        value={props.value}
        onChange={(_, v) => props.onChange(v as 'delete' | 'export')}
      >
        <FormControlLabel
          value="export"
          control={<Radio size="small" />}
          label={label(pluginTexts.uninstall.export, pluginTexts.uninstall.exportText)}
        />
        <FormControlLabel
          value="delete"
          control={<Radio size="small" />}
          label={label(pluginTexts.uninstall.delete, pluginTexts.uninstall.deleteText)}
        />
      </RadioGroup>
    </>
  );
}

function Download({ exported }: { exported: Exported }) {
  return (
    <div className="flow-done" role="status">
      <p>
        <strong>{pluginTexts.uninstall.exported}.</strong>{' '}
        {pluginTexts.uninstall.exportedText({ size: fileSize(exported.size) })}
      </p>
      <Button
        variant="contained"
        component="a"
        href={exported.url}
        download
        startIcon={<Icon name="download" />}
        autoFocus
      >
        {pluginTexts.uninstall.download}
      </Button>
      <p className="soft">{pluginTexts.uninstall.until({ day: dayOf(exported.expiresAt) })}</p>
    </div>
  );
}

export function UninstallDialog(props: { plugin: Installation; onClose: (gone: boolean) => void }) {
  const { plugin } = props;
  const id = useId();
  const usage = useUsage(plugin.id);
  const operation = useOperation();
  const step = useStep(plugin.pluginKey);
  const [choice, setChoice] = useState<'delete' | 'export'>('export');
  const [typed, setTyped] = useState('');
  const [exported, setExported] = useState<Exported | null>(null);
  const rows = usage.data?.rows ?? null;
  const known = usage.data !== undefined || usage.error !== null;
  // Without an answer nobody knows whether something would be lost.
  const risky = rows === null ? known : rows > 0;
  // The export is the safe choice; where there is nothing to export there is nothing to choose.
  const deletes = choice === 'delete' && risky;
  const ready = known && (!deletes || typed.trim() === plugin.displayName);
  const go = async () => {
    const done = await operation.run(
      async () => (await uninstall(plugin.id, risky ? choice : 'delete')) ?? true,
    );
    if (done === true) props.onClose(true);
    else if (done) setExported(done);
  };
  const close = () => props.onClose(exported !== null);
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      onClose={close}
      aria-labelledby={id}
      role={exported ? 'dialog' : 'alertdialog'}
    >
      <DialogTitle id={id}>{pluginTexts.uninstall.title({ name: plugin.displayName })}</DialogTitle>
      <DialogContent className="uninstall-body">
        {exported ? (
          <Download exported={exported} />
        ) : operation.busy ? (
          <StepProgress step={step} label={plugin.displayName} />
        ) : (
          <>
            <p className="dialog-text">
              {pluginTexts.uninstall.text}{' '}
              {rows === 0
                ? pluginTexts.uninstall.noRows
                : rows !== null && pluginTexts.uninstall.rows({ n: rows })}
            </p>
            {risky && <Choices value={choice} onChange={setChoice} />}
            {deletes && (
              <TextField
                className="uninstall-name"
                label={pluginTexts.uninstall.type({ name: plugin.displayName })}
                value={typed}
                autoComplete="off"
                onChange={(e) => setTyped(e.target.value)}
                onKeyDown={(e) => e.key === 'Enter' && ready && void go()}
              />
            )}
            <OperationError error={operation.error} />
          </>
        )}
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={close} autoFocus={!exported}>
          {exported ? texts.close : operation.busy ? pluginTexts.background : texts.cancel}
        </Button>
        {!exported && !operation.busy && (
          <Button color="error" variant="contained" disabled={!ready} onClick={() => void go()}>
            {pluginTexts.uninstall.confirm}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
