/**
 * From "Install" to running: what it asks for is shown of the very package that will be installed,
 * agreed to by the button that installs, and then one sees how it goes. An update is the same, with
 * only what is new.
 */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { isAbort, type ApiError } from '../api/client';
import type { Installation, PluginPackage } from '../api/types';
import { navigate } from '../router/router';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { fileSize } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { ErrorState } from '../ui/states';
import { fetchPackage, install, upgrade, useDocument } from './calls';
import { releasesBetween, releasesOf } from './changelog';
import { Fetching } from './checking';
import { withLine, INCOMING } from './checks';
import { Consent, showsInterface } from './consent';
import { Needs } from './needs';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { FlowDialog } from './flow-dialog';
import { unfitText } from './state';
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

/** The reader of Markdown comes with it. */
const Releases = lazy(async () => ({ default: (await import('./releases')).Releases }));

/** Why this package can't be installed by this person, or null. */
function obstacle(pack: PluginPackage): string | null {
  if (pack.compatible?.ok === false) return unfitText(pack.compatible);
  if (!pack.trust.allowed) return pluginTexts.trust.refused;
  if (pack.imports?.forbidden?.length) return pluginTexts.consent.importsForbidden;
  if (pack.approved === false) return pluginTexts.consent.needsApproval;
  return null;
}

/** What came since the version that runs, in its author's words. */
function WhatsNew({ pack, from }: { pack: PluginPackage; from: Installation }) {
  const known = pack.files.some((f) => f.path === 'CHANGELOG.md');
  const { data } = useDocument(pack.key, known ? pack.version : null, 'changelog');
  const news = data ? releasesBetween(releasesOf(data), from.version, pack.version) : [];
  if (news.length === 0) return null;
  return (
    <section className="consent-part">
      <h3>{pluginTexts.whatsNew}</h3>
      <Suspense>
        <Releases releases={news} heading="h4" />
      </Suspense>
    </section>
  );
}

function Review(props: { pack: PluginPackage; from: Installation | null; blocked: string | null }) {
  const { pack, from } = props;
  const author = pack.manifest.author;
  return (
    <>
      <p className="dialog-text">
        {from
          ? pluginTexts.fromTo({ from: from.version, to: pack.version })
          : pluginTexts.version({ v: pack.version })}
        {typeof author === 'string' && author && ` · ${pluginTexts.by({ author })}`} ·{' '}
        {fileSize(pack.size)}
      </p>
      <TrustLine trust={pack.trust} />
      {from && <WhatsNew pack={pack} from={from} />}
      <Consent
        permissions={pack.permissions}
        consented={from ? (from.consented ?? from.permissions) : undefined}
        defines={pack.definesPermissions?.filter(
          (d) => !from?.definesPermissions?.some((old) => old.name === d.name),
        )}
        imports={pack.imports}
        shows={showsInterface(pack)}
      />
      <Needs manifest={pack.manifest} />
      {!from && <p className="soft">{pluginTexts.consent.scope}</p>}
      {props.blocked && (
        <p className="note" data-tone="bad" role="alert">
          <Icon name="warning" /> <span>{props.blocked}</span>
        </p>
      )}
    </>
  );
}

/** Where its people find it now, and what makes them able to. */
function nextSteps(plugin: Installation): string[] {
  const { next } = pluginTexts;
  const tabs = plugin.ui?.slots.filter((s) => s.slotId === 'ticket.tabs') ?? [];
  return [
    ...(tabs.length ? [next.ticket] : []),
    ...(plugin.reportComponents?.length ? [next.reports] : []),
    ...(plugin.definesPermissions?.length ? [next.roles] : []),
  ];
}

function Done({ result, upgraded }: { result: Installation; upgraded: boolean }) {
  const unset = result.requiresConfiguration === true && result.configured !== true;
  const steps = upgraded ? [] : nextSteps(result);
  return (
    <div className="flow-done" role="status">
      <span className="flow-done-mark">
        <Icon name="check" size={24} />
      </span>
      <p>
        {(upgraded ? pluginTexts.upgradedDone : pluginTexts.installedDone)({
          name: result.displayName,
          v: result.version,
        })}
        {unset && ` ${pluginTexts.settingsNeeded}`}
      </p>
      {steps.length > 0 && (
        <>
          <p className="soft">{pluginTexts.next.title}</p>
          <ul className="next-steps">
            {steps.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
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
  const names = from ? pluginTexts.stepsUpgrade : pluginTexts.steps;

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
      title={(from ? pluginTexts.upgradeTitle : pluginTexts.installTitle)({ name: target.name })}
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
              {texts.close}
            </Button>
            <Button variant="contained" onClick={leave} autoFocus>
              {settings ? pluginTexts.openSettings : pluginTexts.manage}
            </Button>
          </>
        ) : operation.busy ? (
          <Button color="inherit" onClick={onClose}>
            {pluginTexts.background}
          </Button>
        ) : (
          <>
            <Button color="inherit" onClick={onClose}>
              {texts.cancel}
            </Button>
            <Button
              variant="contained"
              disabled={!pack || blocked !== null}
              onClick={() => void go()}
            >
              {pack && pack.permissions.length === 0
                ? from
                  ? pluginTexts.upgrade
                  : pluginTexts.install
                : from
                  ? pluginTexts.allowUpgrade
                  : pluginTexts.allowInstall}
            </Button>
          </>
        )}
      </DialogActions>
    </FlowDialog>
  );
}
