/** A package that waits for a system admin: what it asks for, then yes, no or later. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useState } from 'react';
import type { PluginPackage } from '../api/types';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { fileSize } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { approve, deleteVersion } from './calls';
import { CheckList } from './check-list';
import { Consent, showsInterface } from './consent';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { FlowDialog } from './flow-dialog';
import { StepProgress, useStep } from './steps';
import { TrustLine } from './trust';

/** From a file, or a package of the marketplace, to one that is approved. */
export function uploadSteps(): string[] {
  const { file, checks, review, done } = pluginTexts.upload.steps;
  return [file, checks, review, done];
}

/** The part of the review that uploading and approving share. */
export function PackageReview({ pack }: { pack: PluginPackage }) {
  return (
    <>
      <p className="dialog-text">
        {pluginTexts.version({ v: pack.version })} · {fileSize(pack.size)}
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
      <p>{pluginTexts.upload.approved({ name: pack.displayName, v: pack.version })}</p>
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
    <FlowDialog title={pack.displayName} steps={uploadSteps()} at={done ? 3 : 2} onClose={onClose}>
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
            {done ? texts.close : pluginTexts.background}
          </Button>
        ) : (
          <>
            <Button color="error" onClick={() => void no()}>
              {texts.plugins.remove}
            </Button>
            <span className="spacer" />
            <Button color="inherit" onClick={onClose}>
              {pluginTexts.upload.later}
            </Button>
            <Button variant="contained" disabled={!allowed} onClick={() => void yes()}>
              {pluginTexts.upload.approveLong}
            </Button>
          </>
        )}
      </DialogActions>
    </FlowDialog>
  );
}
