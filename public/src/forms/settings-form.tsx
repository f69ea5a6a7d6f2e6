/**
 * The form that a plugin's settings become. It knows no server: values come in, what was typed goes out
 * by onSave, and an ApiError that onSave rejects with is shown at the fields it names.
 */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useEffect, useId, useRef, useState } from 'react';
import { useWatch } from 'react-hook-form';
import type { ApiError } from '../api/client';
import { texts } from '../text';
import { formTexts } from '../text/forms';
import { useServerForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { ErrorLine } from '../ui/states';
import { draftOf, faultsOf, isSet, sentOf, withoutSecrets, type Draft } from './draft';
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
      <DialogTitle id="reset-title">{formTexts.resetTitle}</DialogTitle>
      <DialogContent>{formTexts.resetText}</DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={props.onClose} disabled={props.busy} autoFocus>
          {texts.cancel}
        </Button>
        <Button color="error" onClick={props.onReset} loading={props.busy}>
          {formTexts.resetIt}
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
            <strong>{result.success ? formTexts.testGood : formTexts.testBad}</strong>{' '}
            {result.message}
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
  const [result, setResult] = useState<TestResult | null>(null);
  const [work, setWork] = useState<Work>(null);
  const [dialog, setDialog] = useState<Setting | 'reset' | null>(null);
  /* The next configuration that comes replaces everything here: it is what was sent, or was asked for. */
  const takeAll = useRef(false);
  const take = async (action: () => Promise<void>) => {
    takeAll.current = true;
    try {
      await action();
    } catch (caught) {
      takeAll.current = false;
      throw caught;
    }
  };
  const { form, error, rest, attempt, fail, submit } = useServerForm<Draft, void, SentValues>({
    start: draftOf(config),
    check: (draft) => faultsOf(config, draft),
    body: (draft) => sentOf(schema, draft),
    send: async (values) => {
      setWork('save');
      await take(() => props.onSave(values, config.version)).finally(() => setWork(null));
    },
  });
  const { errors, dirtyFields } = form.formState;
  const dirty = Object.keys(dirtyFields).length > 0;
  const conflict = error?.kind === 'version-conflict';

  const before = useRef(config);
  useEffect(() => {
    if (before.current.version === config.version) return;
    before.current = config;
    // What was changed here stays, the rest is what is there now.
    form.reset(draftOf(config), { keepDirtyValues: !takeAll.current });
    takeAll.current = false;
  }, [config, form]);

  const { draft: left, onDraft } = props;
  const draft = useWatch({ control: form.control });
  useEffect(() => {
    for (const [key, value] of Object.entries(left ?? {}))
      form.setValue(key, value, { shouldDirty: true });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what was left before, once
  }, []);
  useEffect(() => {
    setResult(null);
    onDraft?.(dirty ? withoutSecrets(schema, draft as Draft) : null);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what was typed makes a draft
  }, [dirty, draft]);

  const test = () => {
    setResult(null);
    void attempt(async (values) => {
      setWork('test');
      const found = await props.onTest?.(values).finally(() => setWork(null));
      setResult(found ?? null);
    });
  };
  const run = async (action: () => Promise<void>) => {
    if (work) return;
    setWork('reset');
    try {
      await action();
      fail(null);
    } catch (caught) {
      fail(caught as ApiError);
    }
    setDialog(null);
    setWork(null);
  };
  const discard = () => {
    // At once: a page that is being left runs no effect of the change.
    onDraft?.(null);
    form.reset();
    fail(null);
  };
  const reset = () => void run(() => take(() => props.onReset(config.version)));
  const reload = (theirs: boolean) =>
    void run(theirs ? () => take(props.onReload) : props.onReload);
  const count = Object.keys(errors).length;
  return (
    <form
      className="settings-form"
      noValidate
      aria-busy={work !== null}
      onSubmit={(e) => void submit(e)}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void submit();
      }}
    >
      {left && dirty && (
        <p className="settings-note" role="status">
          <Icon name="info" /> {formTexts.restored}
        </p>
      )}
      {!config.configured && (
        <p className="settings-note" data-tone="warn">
          <Icon name="warning" /> {formTexts.incomplete}
        </p>
      )}
      {schema.map((s) => (
        <Field
          key={s.key}
          formId={formId}
          setting={s}
          control={form.control}
          isSet={isSet(config, s.key)}
          people={props.people}
          disabled={work === 'save' || work === 'reset'}
          onGenerate={() => setDialog(s)}
        />
      ))}
      <div className="settings-foot" data-dirty={dirty}>
        <div role="alert" className="settings-faults">
          {count > 0 && <p>{formTexts.faults({ n: count })}</p>}
          {rest.map((text) => (
            <p key={text}>{text}</p>
          ))}
          {conflict && (
            <p>
              {formTexts.conflict}{' '}
              <Button size="small" onClick={() => reload(false)}>
                {formTexts.keepMine}
              </Button>
              <Button size="small" onClick={() => reload(true)}>
                {formTexts.takeTheirs}
              </Button>
            </p>
          )}
        </div>
        <ErrorLine error={conflict ? null : error} />
        <TestLine result={result} />
        <div className="settings-actions">
          <Button type="submit" variant="contained" loading={work === 'save'} disabled={!dirty}>
            {texts.save}
          </Button>
          {props.onTest && config.testable && (
            <Button variant="outlined" loading={work === 'test'} onClick={test}>
              {formTexts.test}
            </Button>
          )}
          {dirty && (
            <Button color="inherit" onClick={discard} disabled={work !== null}>
              {formTexts.discard}
            </Button>
          )}
          <span className="settings-state" role="status">
            {dirty ? formTexts.unsaved : ''}
          </span>
          <span className="spacer" />
          <Button color="inherit" onClick={() => setDialog('reset')} disabled={work !== null}>
            {formTexts.reset}
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
