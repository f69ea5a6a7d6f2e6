/**
 * The form that a plugin's settings become. It knows no server: values come in, what was typed goes out
 * by onSave, and an ApiError that onSave rejects with is shown at the fields it names.
 */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import type { ApiError } from '../api/client';
import { T } from '../text';
import { F } from '../text/forms';
import { Icon } from '../ui/icons';
import { ErrorLine } from '../ui/states';
import {
  changedKeys,
  draftOf,
  faultsFrom,
  faultsOf,
  isSet,
  rebase,
  sentOf,
  withoutSecrets,
  type Draft,
  type DraftValue,
  type Faults,
} from './draft';
import { Field } from './field';
import { GenerateDialog } from './generate-dialog';
import { LeaveGuard } from './guard';
import type { Configuration, Person, SentValues, Setting, TestResult } from './types';
import './forms.css';

export interface SettingsFormProps {
  configuration: Configuration;
  people: readonly Person[];
  /** Stores the values; the configuration that comes back by props is the new one. */
  onSave: (values: SentValues, version: number) => Promise<void>;
  onReset: (version: number) => Promise<void>;
  onGenerate: (key: string) => Promise<string>;
  onTest?: ((values: SentValues) => Promise<TestResult>) | undefined;
  /** Somebody else was faster: reads again. */
  onReload: () => Promise<void>;
  /** What was typed before and not saved; reported at each change, null when there is nothing. */
  draft?: Draft | undefined;
  onDraft?: ((draft: Draft | null) => void) | undefined;
}

type Work = 'save' | 'test' | 'reset' | null;

function ResetDialog(props: { busy: boolean; onReset: () => void; onClose: () => void }) {
  return (
    <Dialog open onClose={() => !props.busy && props.onClose()} aria-labelledby="reset-title">
      <DialogTitle id="reset-title">{F.resetTitle}</DialogTitle>
      <DialogContent>{F.resetText}</DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={props.onClose} disabled={props.busy} autoFocus>
          {T.cancel}
        </Button>
        <Button color="error" onClick={props.onReset} loading={props.busy}>
          {F.resetIt}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function TestLine({ result }: { result: TestResult | null }) {
  return (
    <div role="status" aria-live="polite" className="setting-test">
      {result && (
        <p data-good={result.success}>
          <Icon name={result.success ? 'check' : 'warning'} />
          <span>
            <strong>{result.success ? F.testGood : F.testBad}</strong> {result.message}
          </span>
        </p>
      )}
    </div>
  );
}

export function SettingsForm(props: SettingsFormProps) {
  const { configuration: config } = props;
  const { schema } = config;
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => ({ ...draftOf(config), ...props.draft }));
  const [restored] = useState(() => props.draft !== undefined);
  const [faults, setFaults] = useState<Faults>({});
  const [rest, setRest] = useState<string[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  const [result, setResult] = useState<TestResult | null>(null);
  const [work, setWork] = useState<Work>(null);
  const [dialog, setDialog] = useState<Setting | 'reset' | null>(null);
  const [said, setSaid] = useState(0);

  /* The next configuration that comes replaces everything here: it is what was sent, or was asked for. */
  const takeAll = useRef(false);
  const before = useRef(config);
  useEffect(() => {
    const old = before.current;
    before.current = config;
    if (old.version === config.version) return;
    const all = takeAll.current;
    takeAll.current = false;
    setDraft((mine) => (all ? draftOf(config) : rebase(old, config, mine)));
  }, [config]);

  const dirty = changedKeys(config, draft).length > 0;
  const conflict = error?.kind === 'version-conflict';
  const { onDraft } = props;
  useEffect(() => {
    onDraft?.(dirty ? withoutSecrets(schema, draft) : null);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what was typed makes a draft
  }, [dirty, draft]);

  /* The first setting that is wrong gets the focus, so that one needn't look for it. */
  useEffect(() => {
    if (said === 0) return;
    const first = schema.find((s) => faults[s.key]);
    const at = first && document.getElementById(`${formId}-${first.key}`);
    at?.focus();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each attempt, not while one types
  }, [said]);

  const show = (wrong: Faults, others: string[] = [], failure: ApiError | null = null) => {
    setFaults(wrong);
    setRest(others);
    setError(failure);
    if (Object.keys(wrong).length) setSaid((n) => n + 1);
  };
  const fail = (caught: unknown) => {
    const failure = caught as ApiError;
    const found = faultsFrom(failure, schema);
    const placed = Object.keys(found.faults).length + found.rest.length > 0;
    show(found.faults, found.rest, placed ? null : failure);
  };
  const change = (s: Setting, value: DraftValue) => {
    setDraft((old) => ({ ...old, [s.key]: value }));
    setResult(null);
    if (faults[s.key]) setFaults(({ [s.key]: _, ...others }) => others);
  };
  const isRight = () => {
    const wrong = faultsOf(config, draft);
    show(wrong);
    return Object.keys(wrong).length === 0;
  };
  const run = async (what: Work, action: () => Promise<void>) => {
    if (work) return;
    setWork(what);
    try {
      await action();
    } catch (caught) {
      fail(caught);
    }
    setWork(null);
  };
  const take = async (action: () => Promise<void>) => {
    takeAll.current = true;
    try {
      await action();
      show({});
    } catch (caught) {
      takeAll.current = false;
      throw caught;
    }
  };
  const save = () => {
    if (!isRight()) return;
    void run('save', () => take(() => props.onSave(sentOf(schema, draft), config.version)));
  };
  const test = () => {
    setResult(null);
    if (!isRight()) return;
    void run('test', async () => setResult((await props.onTest?.(sentOf(schema, draft))) ?? null));
  };
  const discard = () => {
    setDraft(draftOf(config));
    onDraft?.(null);
    setResult(null);
    show({});
  };
  const reset = () =>
    void run('reset', async () => {
      try {
        await take(() => props.onReset(config.version));
      } finally {
        setDialog(null);
      }
    });
  const reload = (theirs: boolean) =>
    void run('reset', async () => {
      if (theirs) await take(props.onReload);
      else await props.onReload();
      show({});
    });

  const count = Object.keys(faults).length;
  return (
    <form
      ref={form}
      className="settings-form"
      noValidate
      aria-busy={work !== null}
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        save();
      }}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) save();
      }}
    >
      {restored && dirty && (
        <p className="settings-note" role="status">
          <Icon name="info" /> {F.restored}
        </p>
      )}
      {!config.configured && (
        <p className="settings-note" data-tone="warn">
          <Icon name="warning" /> {F.incomplete}
        </p>
      )}
      {schema.map((s) => (
        <Field
          key={s.key}
          formId={formId}
          setting={s}
          value={draft[s.key] ?? ''}
          fault={faults[s.key]}
          isSet={isSet(config, s.key)}
          people={props.people}
          disabled={work === 'save' || work === 'reset'}
          onChange={(value) => change(s, value)}
          onGenerate={() => setDialog(s)}
        />
      ))}
      <div className="settings-foot" data-dirty={dirty}>
        <div role="alert" className="settings-faults">
          {count > 0 && <p>{F.faults(count)}</p>}
          {rest.map((text) => (
            <p key={text}>{text}</p>
          ))}
          {conflict && (
            <p>
              {F.conflict}{' '}
              <Button size="small" onClick={() => reload(false)}>
                {F.keepMine}
              </Button>
              <Button size="small" onClick={() => reload(true)}>
                {F.takeTheirs}
              </Button>
            </p>
          )}
        </div>
        <ErrorLine error={conflict ? null : error} />
        <TestLine result={result} />
        <div className="settings-actions">
          <Button type="submit" variant="contained" loading={work === 'save'} disabled={!dirty}>
            {F.save}
          </Button>
          {props.onTest && config.testable && (
            <Button variant="outlined" loading={work === 'test'} onClick={test}>
              {F.test}
            </Button>
          )}
          {dirty && (
            <Button color="inherit" onClick={discard} disabled={work !== null}>
              {F.discard}
            </Button>
          )}
          <span className="settings-state" role="status">
            {dirty ? F.unsaved : ''}
          </span>
          <span className="spacer" />
          <Button color="inherit" onClick={() => setDialog('reset')} disabled={work !== null}>
            {F.reset}
          </Button>
        </div>
      </div>
      <LeaveGuard dirty={dirty && work === null} onDiscard={discard} />
      {dialog === 'reset' && (
        <ResetDialog busy={work === 'reset'} onReset={reset} onClose={() => setDialog(null)} />
      )}
      {dialog !== null && dialog !== 'reset' && (
        <GenerateDialog
          setting={dialog}
          isSet={isSet(config, dialog.key)}
          onGenerate={() => props.onGenerate(dialog.key)}
          onClose={() => setDialog(null)}
        />
      )}
    </form>
  );
}
