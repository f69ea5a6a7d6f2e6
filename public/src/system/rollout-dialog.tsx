/** A share of the companies first: how many that is, and what they would allow by it. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Slider from '@mui/material/Slider';
import { useId, useState } from 'react';
import { navigate } from '../router/router';
import { texts } from '../text';
import { systemTexts } from '../text/system';
import { startRollout, useVersions } from '../market/calls';
import { Consent, showsInterface } from '../market/consent';
import { formatShare } from '../ui/amounts';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';

const MARKS = [1, 10, 25, 50, 100];

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
      <DialogTitle id={id}>
        {systemTexts.rolloutOf({ name: props.name, v: props.version })}
      </DialogTitle>
      <DialogContent>
        <h3 id={`${id}-share`} className="dialog-label">
          {systemTexts.share({ share: formatShare(percent / 100) })}
        </h3>
        <div className="rollout-slider">
          <Slider
            value={percent}
            min={1}
            max={100}
            marks={MARKS.map((value) => ({ value, label: formatShare(value / 100) }))}
            valueLabelDisplay="off"
            aria-labelledby={`${id}-share`}
            getAriaValueText={(v) => formatShare(v / 100)}
            onChange={(_, v) => setPercent(v as number)}
          />
        </div>
        <p className="dialog-text">
          {systemTexts.shareText({
            n: Math.round((props.others * percent) / 100),
            of: props.others,
          })}
        </p>
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
          {texts.cancel}
        </Button>
        <Button
          variant="contained"
          loading={operation.busy}
          disabled={!pack}
          onClick={() => void start()}
        >
          {systemTexts.start}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
