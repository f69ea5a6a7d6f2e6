/**
 * From "Install" to running: what it asks for is shown of the very package that will be installed,
 * agreed to by the button that installs, and then one sees how it goes. An update is the same, with
 * only what is new.
 */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useCallback, useEffect, useState } from 'react';
import { isAbort, type ApiError } from '../api/client';
import type { Installation, PluginPackage } from '../api/types';
import { navigate } from '../router/router';
import { T } from '../text';
import { P, fileSize } from '../text/plugins';
import { Icon } from '../ui/icons';
import { ErrorState } from '../ui/states';
import { fetchPackage, install, upgrade } from './calls';
import { Fetching } from './checking';
import { withLine, INCOMING } from './checks';
import { Consent, showsInterface } from './consent';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { FlowDialog } from './flow-dialog';
import { StepProgress, useStep } from './steps';
import { TrustLine } from './trust';

export interface InstallTarget {
  pluginKey: string;
  name: string;
  /** The package when it is on this server already. */
  pack: PluginPackage | null;
  /** The version to fetch when it isn't. */
  version: string;
  /** What is here now: then this is an update. */
  installation: Installation | null;
}

/** The package to install: fetched when it isn't on this server yet. */
export function usePackage(target: Pick<InstallTarget, 'pluginKey' | 'version' | 'pack'>) {
  const [pack, setPack] = useState(target.pack);
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);
  const [incoming, setIncoming] = useState(INCOMING);
  useEffect(() => {
    if (pack) return;
    const abort = new AbortController();
    setError(null);
    setIncoming(INCOMING);
    fetchPackage(
      target.pluginKey,
      target.version,
      (line) => setIncoming((before) => withLine(before, line)),
      abort.signal,
    ).then(setPack, (e: unknown) => {
      if (!isAbort(e)) setError(e as ApiError);
    });
    return () => abort.abort();
  }, [pack, round, target.pluginKey, target.version]);
  const retry = useCallback(() => setRound((n) => n + 1), []);
  return { pack, error, retry, incoming };
}

/** Why this package can't be installed by this person, or null. */
function obstacle(pack: PluginPackage): string | null {
  if (pack.compatible?.ok === false)
    return pack.compatible.reason ? `${P.incompatible}: ${pack.compatible.reason}` : P.incompatible;
  if (!pack.trust.allowed) return P.trust.refused;
  if (pack.imports?.forbidden?.length) return P.consent.importsForbidden;
  if (pack.approved === false) return P.consent.needsApproval;
  return null;
}

function Review(props: { pack: PluginPackage; from: Installation | null; blocked: string | null }) {
  const { pack, from } = props;
  const author = pack.manifest.author;
  return (
    <>
      <p className="dialog-text">
        {from ? P.fromTo(from.version, pack.version) : P.version(pack.version)}
        {typeof author === 'string' && author && ` · ${P.by(author)}`} · {fileSize(pack.size)}
      </p>
      <TrustLine trust={pack.trust} />
      <Consent
        permissions={pack.permissions}
        consented={from ? (from.consented ?? from.permissions) : undefined}
        defines={pack.definesPermissions?.filter(
          (d) => !from?.definesPermissions?.some((old) => old.name === d.name),
        )}
        imports={pack.imports}
        shows={showsInterface(pack)}
      />
      {!from && <p className="soft">{P.consent.scope}</p>}
      {props.blocked && (
        <p className="note" data-tone="bad" role="alert">
          <Icon name="warning" /> <span>{props.blocked}</span>
        </p>
      )}
    </>
  );
}

function Done({ result, upgraded }: { result: Installation; upgraded: boolean }) {
  const unset = result.requiresConfiguration === true && result.configured !== true;
  return (
    <div className="flow-done" role="status">
      <span className="flow-done-mark">
        <Icon name="check" size={24} />
      </span>
      <p>
        {(upgraded ? P.upgradedDone : P.installedDone)(result.displayName, result.version)}
        {unset && ` ${P.settingsNeeded}`}
      </p>
    </div>
  );
}

export function InstallDialog({ target, onClose }: { target: InstallTarget; onClose: () => void }) {
  const { pack, error: lost, retry, incoming } = usePackage(target);
  const operation = useOperation();
  const step = useStep(target.pluginKey);
  const [result, setResult] = useState<Installation | null>(null);
  const from = target.installation;
  const blocked = pack && obstacle(pack);
  const names = from ? P.stepsUpgrade : P.steps;

  const go = async () => {
    if (!pack) return;
    const { version, permissions } = pack;
    const done = await operation.run(() =>
      from
        ? upgrade(from.id, { version, permissions })
        : install({ pluginKey: pack.key, version, permissions }),
    );
    if (done) setResult(done);
  };
  const settings = result?.requiresConfiguration && !result.configured;
  const leave = () => {
    onClose();
    if (result) navigate(`/plugins/${result.pluginKey}/manage${settings ? '?tab=settings' : ''}`);
  };
  return (
    <FlowDialog
      title={(from ? P.upgradeTitle : P.installTitle)(target.name)}
      steps={[names.review, names.work, names.done]}
      at={result ? 2 : operation.busy ? 1 : 0}
      onClose={onClose}
    >
      <DialogContent className="flow-body">
        {result ? (
          <Done result={result} upgraded={from !== null} />
        ) : operation.busy ? (
          <StepProgress step={step} label={target.name} />
        ) : lost ? (
          <ErrorState error={lost} onRetry={retry} />
        ) : pack ? (
          <>
            <Review pack={pack} from={from} blocked={blocked} />
            <OperationError error={operation.error} />
          </>
        ) : (
          <Fetching name={target.name} incoming={incoming} />
        )}
      </DialogContent>
      <DialogActions>
        {result ? (
          <>
            <Button color="inherit" onClick={onClose}>
              {T.close}
            </Button>
            <Button variant="contained" onClick={leave} autoFocus>
              {settings ? P.openSettings : P.manage}
            </Button>
          </>
        ) : operation.busy ? (
          <Button color="inherit" onClick={onClose}>
            {P.background}
          </Button>
        ) : (
          <>
            <Button color="inherit" onClick={onClose}>
              {T.cancel}
            </Button>
            <Button
              variant="contained"
              disabled={!pack || blocked !== null}
              onClick={() => void go()}
            >
              {pack && pack.permissions.length === 0
                ? from
                  ? P.upgrade
                  : P.install
                : from
                  ? P.allowUpgrade
                  : P.allowInstall}
            </Button>
          </>
        )}
      </DialogActions>
    </FlowDialog>
  );
}
