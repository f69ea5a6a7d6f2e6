/** A package that waits for a system admin: what it asks for, then yes, no or later. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useState } from 'react';
import type { PluginPackage } from '../api/types';
import { T } from '../text';
import { P, fileSize } from '../text/plugins';
import { Icon } from '../ui/icons';
import { approve, deleteVersion } from './calls';
import { CheckList } from './check-list';
import { Consent, showsInterface } from './consent';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { FlowDialog } from './flow-dialog';
import { StepProgress, useStep } from './steps';
import { TrustLine } from './trust';

const STEPS = [P.upload.steps.file, P.upload.steps.checks, P.upload.steps.review];

/** The part of the review that uploading and approving share. */
export function PackageReview({ pack }: { pack: PluginPackage }) {
  return (
    <>
      <p className="dialog-text">
        {P.version(pack.version)} · {fileSize(pack.size)}
        {pack.description && ` · ${pack.description}`}
      </p>
      <TrustLine trust={pack.trust} />
      <Consent
        permissions={pack.permissions}
        defines={pack.definesPermissions}
        imports={pack.imports}
        shows={showsInterface(pack)}
      />
    </>
  );
}

export function ApprovedNote({ pack }: { pack: PluginPackage }) {
  return (
    <div className="flow-done" role="status">
      <span className="flow-done-mark">
        <Icon name="check" size={24} />
      </span>
      <p>{P.upload.approved(pack.displayName, pack.version)}</p>
    </div>
  );
}

export function ApproveDialog({ pack, onClose }: { pack: PluginPackage; onClose: () => void }) {
  const operation = useOperation();
  const step = useStep(pack.key);
  const [done, setDone] = useState(false);
  const yes = async () => {
    if (await operation.run(() => approve(pack))) setDone(true);
  };
  const no = async () => {
    if (await operation.run(async () => (await deleteVersion(pack.key, pack.version)) ?? true))
      onClose();
  };
  const allowed = pack.trust.allowed && !pack.imports?.forbidden?.length;
  return (
    <FlowDialog
      title={pack.displayName}
      steps={[...STEPS, P.upload.steps.done]}
      at={done ? 3 : 2}
      onClose={onClose}
    >
      <DialogContent className="flow-body">
        {done ? (
          <ApprovedNote pack={pack} />
        ) : operation.busy ? (
          <StepProgress step={step} label={pack.displayName} />
        ) : (
          <>
            <PackageReview pack={pack} />
            {pack.checks && <CheckList checks={pack.checks} />}
            <OperationError error={operation.error} />
          </>
        )}
      </DialogContent>
      <DialogActions>
        {done || operation.busy ? (
          <Button color="inherit" onClick={onClose}>
            {done ? T.close : P.background}
          </Button>
        ) : (
          <>
            <Button color="error" onClick={() => void no()}>
              {T.plugins.remove}
            </Button>
            <span className="spacer" />
            <Button color="inherit" onClick={onClose}>
              {P.upload.later}
            </Button>
            <Button variant="contained" disabled={!allowed} onClick={() => void yes()}>
              {P.upload.approveLong}
            </Button>
          </>
        )}
      </DialogActions>
    </FlowDialog>
  );
}
