/** A share of the companies first: how many that is, and what they would allow by it. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Slider from '@mui/material/Slider';
import { useId, useState } from 'react';
import { navigate } from '../router/router';
import { T } from '../text';
import { M } from '../text/manage';
import { startRollout, useVersions } from '../market/calls';
import { Consent, showsInterface } from '../market/consent';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';

const MARKS = [1, 10, 25, 50, 100].map((value) => ({ value, label: `${value} %` }));

export function RolloutDialog(props: {
  pluginKey: string;
  name: string;
  version: string;
  /** Companies that run another version. */
  others: number;
  onClose: () => void;
}) {
  const id = useId();
  const operation = useOperation();
  const versions = useVersions(props.pluginKey);
  const [percent, setPercent] = useState(10);
  const pack = versions.data?.items.find((p) => p.version === props.version);
  const start = async () => {
    if (!pack) return;
    const started = await operation.run(() =>
      startRollout({
        pluginKey: props.pluginKey,
        version: props.version,
        percent,
        permissions: pack.permissions,
      }),
    );
    if (!started) return;
    props.onClose();
    navigate('/rollouts');
  };
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={props.onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{M.system.rolloutOf(props.name, props.version)}</DialogTitle>
      <DialogContent>
        <h3 id={`${id}-share`} className="dialog-label">
          {M.system.share}: <span className="number">{percent} %</span>
        </h3>
        <div className="rollout-slider">
          <Slider
            value={percent}
            min={1}
            max={100}
            marks={MARKS}
            valueLabelDisplay="off"
            aria-labelledby={`${id}-share`}
            getAriaValueText={(v) => `${v} %`}
            onChange={(_, v) => setPercent(v as number)}
          />
        </div>
        <p className="dialog-text">{M.system.shareText(props.others, percent)}</p>
        {pack && (
          <Consent
            permissions={pack.permissions}
            defines={pack.definesPermissions}
            imports={pack.imports}
            shows={showsInterface(pack)}
          />
        )}
        <OperationError error={operation.error ?? versions.error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={props.onClose}>
          {T.cancel}
        </Button>
        <Button
          variant="contained"
          loading={operation.busy}
          disabled={!pack}
          onClick={() => void start()}
        >
          {M.system.start}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
