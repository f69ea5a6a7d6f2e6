/** Bring in a package: choose or drop a file, see it travel, and read every fault at once. */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useEffect, useRef, useState, type DragEvent } from 'react';
import { ApiError, isAbort, upload } from '../../api/client';
import { invalidate } from '../../api/query';
import type { PluginPackage } from '../../api/types';
import { T } from '../../text';
import { Icon } from '../../ui/icons';

type Step =
  | { at: 'idle' }
  | { at: 'sending'; name: string; share: number }
  | { at: 'checking'; name: string }
  | { at: 'failed'; name: string; error: ApiError }
  | { at: 'done'; pack: PluginPackage; again: boolean };

function Faults({ name, error }: { name: string; error: ApiError }) {
  const faults = error.problem.errors ?? [];
  return (
    <div className="faults" role="alert">
      <p>
        <Icon name="warning" />
        <strong>
          {faults.length ? T.plugins.faults(name, faults.length) : T.plugins.notUploaded(name)}
        </strong>
      </p>
      {faults.length === 0 ? (
        <p>{error.message}</p>
      ) : (
        <ul>
          {faults.map((f, i) => (
            <li key={i}>
              {f.pointer && f.pointer !== '/' && <code>{f.pointer}</code>} {f.detail}
            </li>
          ))}
        </ul>
      )}
      {error.problem.requestId && (
        <p className="state-request">{T.requestId(error.problem.requestId)}</p>
      )}
    </div>
  );
}

export function Upload({ onUploaded }: { onUploaded: (pack: PluginPackage) => void }) {
  const [step, setStep] = useState<Step>({ at: 'idle' });
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const busy = step.at === 'sending' || step.at === 'checking';

  const send = async (file: File | undefined) => {
    if (!file || busy) return;
    const { name } = file;
    const mine = new AbortController();
    abort.current = mine;
    setStep({ at: 'sending', name, share: 0 });
    try {
      const { data, status } = await upload<PluginPackage>(
        '/api/plugins/upload',
        { package: file },
        (share) => setStep(share < 1 ? { at: 'sending', name, share } : { at: 'checking', name }),
        mine.signal,
      );
      setStep({ at: 'done', pack: data, again: status === 200 });
      invalidate('plugins/');
      onUploaded(data);
    } catch (error) {
      if (isAbort(error)) setStep({ at: 'idle' });
      else setStep({ at: 'failed', name, error: error as ApiError });
    }
  };
  const onDrop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    void send(e.dataTransfer.files[0]);
  };
  return (
    <section
      className="upload"
      data-over={over}
      aria-label={T.plugins.upload}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className="upload-line">
        <Icon name="upload" />
        <span className="upload-text">
          {step.at === 'sending'
            ? T.plugins.sending(step.name, Math.round(step.share * 100))
            : step.at === 'checking'
              ? T.plugins.checking(step.name)
              : T.plugins.drop}
        </span>
        <input
          ref={input}
          type="file"
          accept=".zip,application/zip"
          className="visually-hidden"
          tabIndex={-1}
          aria-label={T.plugins.choose}
          onChange={(e) => {
            void send(e.target.files?.[0]);
            e.target.value = '';
          }}
        />
        {step.at === 'sending' ? (
          <Button color="inherit" onClick={() => abort.current?.abort()}>
            {T.cancel}
          </Button>
        ) : (
          <Button variant="outlined" disabled={busy} onClick={() => input.current?.click()}>
            {T.plugins.choose}
          </Button>
        )}
      </div>
      <div className="upload-progress">
        {busy && (
          <LinearProgress
            variant={step.at === 'sending' ? 'determinate' : 'indeterminate'}
            value={step.at === 'sending' ? step.share * 100 : 0}
            aria-label={T.plugins.upload}
          />
        )}
      </div>
      {step.at === 'failed' && <Faults name={step.name} error={step.error} />}
      {step.at === 'done' && (
        <p className="upload-done" role="status">
          <Icon name="check" />
          {step.again
            ? T.plugins.known(step.pack.displayName, step.pack.version)
            : T.plugins.uploaded(step.pack.displayName, step.pack.version)}
        </p>
      )}
    </section>
  );
}
