/** From a file to an approved package: it travels, it is checked, and somebody decides. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useEffect, useRef, useState, type DragEvent } from 'react';
import { isAbort, type ApiError } from '../api/client';
import type { PluginPackage } from '../api/types';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { ApprovedNote, PackageReview, uploadSteps } from './approve-dialog';
import { approve, uploadPackage } from './calls';
import { CheckList, Checks } from './check-list';
import { Checking } from './checking';
import { checksOfRefusal, withLine, INCOMING, type Incoming } from './checks';
import { useOperation } from './operation';
import { OperationError } from './operation-error';
import { FlowDialog } from './flow-dialog';
import { StepProgress, useStep } from './steps';

type Stage =
  | { at: 'choose'; error: string | null }
  | { at: 'sending'; name: string; share: number }
  | { at: 'checking'; name: string; incoming: Incoming }
  | { at: 'refused'; name: string; error: ApiError }
  | { at: 'review'; pack: PluginPackage; again: boolean }
  | { at: 'done'; pack: PluginPackage };

const AT = { choose: 0, sending: 0, checking: 1, refused: 1, review: 2, done: 3 } as const;

function Drop(props: { error: string | null; onFiles: (files: File[]) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null) => props.onFiles([...(list ?? [])]);
  const onDrop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files);
  };
  return (
    <div
      className="drop"
      data-over={over}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Icon name="upload" size={24} />
      <p>{pluginTexts.upload.drop}</p>
      <input
        ref={input}
        type="file"
        multiple
        accept=".zip,.minisig,application/zip"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={pluginTexts.upload.choose}
        onChange={(e) => {
          take(e.target.files);
          e.target.value = '';
        }}
      />
      <Button variant="outlined" onClick={() => input.current?.click()} autoFocus>
        {pluginTexts.upload.choose}
      </Button>
      <div role="alert">{props.error && <p className="error-line">{props.error}</p>}</div>
    </div>
  );
}

function Refused({ name, error }: { name: string; error: ApiError }) {
  const faults = error.problem.errors ?? [];
  return (
    <div className="faults" role="alert">
      <p className="note" data-tone="bad">
        <Icon name="warning" />
        <span>
          {faults.length > 0
            ? pluginTexts.upload.refusedFaults({ name, n: faults.length })
            : pluginTexts.upload.refusedWhy({ name, why: error.message })}
        </span>
      </p>
      {faults.length > 0 && <Checks checks={checksOfRefusal(faults)} />}
      {error.problem.requestId && (
        <p className="state-request">{texts.requestId({ id: error.problem.requestId })}</p>
      )}
    </div>
  );
}

export function UploadDialog({ onClose }: { onClose: () => void }) {
  const [stage, setStage] = useState<Stage>({ at: 'choose', error: null });
  const abort = useRef<AbortController | null>(null);
  const operation = useOperation();
  const step = useStep(stage.at === 'review' ? stage.pack.key : '');
  useEffect(() => () => abort.current?.abort(), []);

  const send = async (files: File[]) => {
    const zip = files.find((f) => /\.zip$/i.test(f.name));
    const signature = files.find((f) => /\.minisig$/i.test(f.name));
    if (!zip) {
      if (files.length) setStage({ at: 'choose', error: pluginTexts.upload.noZip });
      return;
    }
    const name = signature
      ? pluginTexts.upload.withSignature({ name: zip.name, signature: signature.name })
      : zip.name;
    const mine = new AbortController();
    abort.current = mine;
    setStage({ at: 'sending', name, share: 0 });
    try {
      const { data, status } = await uploadPackage(
        { package: zip, ...(signature && { signature }) },
        (share) =>
          setStage(
            share < 1
              ? { at: 'sending', name, share }
              : { at: 'checking', name, incoming: INCOMING },
          ),
        (line) =>
          setStage((now) => ({
            at: 'checking',
            name,
            incoming: withLine(now.at === 'checking' ? now.incoming : INCOMING, line),
          })),
        mine.signal,
      );
      setStage({ at: 'review', pack: data, again: status === 200 });
    } catch (error) {
      if (isAbort(error)) setStage({ at: 'choose', error: null });
      else setStage({ at: 'refused', name: zip.name, error: error as ApiError });
    }
  };
  const yes = async (pack: PluginPackage) => {
    if (await operation.run(() => approve(pack))) setStage({ at: 'done', pack });
  };
  const pack = stage.at === 'review' ? stage.pack : null;
  const busy = stage.at === 'sending' || stage.at === 'checking';
  return (
    <FlowDialog
      title={pack ? pack.displayName : pluginTexts.upload.title}
      steps={uploadSteps()}
      at={AT[stage.at]}
      onClose={onClose}
    >
      <DialogContent className="flow-body">
        {stage.at === 'choose' && <Drop error={stage.error} onFiles={(f) => void send(f)} />}
        {stage.at === 'sending' && (
          <Checking
            text={pluginTexts.upload.sending({ name: stage.name })}
            share={stage.share}
            checks={null}
          />
        )}
        {stage.at === 'checking' && (
          <Checking
            text={pluginTexts.upload.checking({ name: stage.name })}
            share={null}
            checks={stage.incoming.checks}
          />
        )}
        {stage.at === 'refused' && <Refused name={stage.name} error={stage.error} />}
        {pack &&
          (operation.busy ? (
            <StepProgress step={step} label={pack.displayName} />
          ) : (
            <>
              <p className="note" data-tone="good" role="status">
                <Icon name="check" />
                <span>
                  {stage.at === 'review' && stage.again
                    ? pluginTexts.upload.known
                    : pluginTexts.upload.passed}
                </span>
              </p>
              <PackageReview pack={pack} />
              {pack.checks && (
                <details className="fold">
                  <summary>{texts.plugins.checks}</summary>
                  <CheckList checks={pack.checks} />
                </details>
              )}
              <OperationError error={operation.error} />
            </>
          ))}
        {stage.at === 'done' && <ApprovedNote pack={stage.pack} />}
      </DialogContent>
      <DialogActions>
        {busy && (
          <Button color="inherit" onClick={() => abort.current?.abort()}>
            {texts.cancel}
          </Button>
        )}
        {stage.at === 'refused' && (
          <Button
            variant="outlined"
            autoFocus
            onClick={() => setStage({ at: 'choose', error: null })}
          >
            {pluginTexts.upload.again}
          </Button>
        )}
        {pack && !operation.busy && (
          <>
            <Button color="inherit" onClick={onClose}>
              {pack.approved ? texts.close : pluginTexts.upload.later}
            </Button>
            {!pack.approved && (
              <Button
                variant="contained"
                disabled={!pack.trust.allowed}
                onClick={() => void yes(pack)}
              >
                {pluginTexts.upload.approveLong}
              </Button>
            )}
          </>
        )}
        {(stage.at === 'done' || (pack && operation.busy)) && (
          <Button color="inherit" onClick={onClose}>
            {stage.at === 'done' ? texts.close : pluginTexts.background}
          </Button>
        )}
      </DialogActions>
    </FlowDialog>
  );
}
