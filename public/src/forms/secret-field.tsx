/** A secret: whether there is one, and ways to give another or take it away. It is never shown. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useEffect, useRef } from 'react';
import type { RefCallBack } from 'react-hook-form';
import { formTexts } from '../text/forms';
import { Icon } from '../ui/icons';
import type { SecretDraft } from './draft';
import type { Setting } from './types';

export interface SecretFieldProps {
  id: string;
  /** Of what gets the focus. */
  focus: RefCallBack;
  setting: Setting;
  isSet: boolean;
  value: SecretDraft;
  describedBy: string;
  fault: boolean;
  disabled: boolean;
  onChange: (value: SecretDraft) => void;
  /** Of a generated secret: asks for a new one. */
  onGenerate?: () => void;
}

function State({ value, isSet }: { value: SecretDraft; isSet: boolean }) {
  const text =
    value.mode === 'remove'
      ? formTexts.secretRemoved
      : isSet
        ? formTexts.secretSet
        : formTexts.secretNotSet;
  return (
    <span
      className="secret-state"
      data-state={value.mode === 'remove' ? 'removed' : isSet ? 'set' : 'unset'}
    >
      {isSet && value.mode === 'keep' && <Icon name="check" size={14} />}
      {value.mode === 'remove' && <Icon name="warning" size={14} />}
      {isSet && value.mode === 'keep' && (
        <span className="secret-dots" aria-hidden="true">
          ••••••••
        </span>
      )}
      <span>{text}</span>
    </span>
  );
}

function Typing(props: SecretFieldProps & { text: string }) {
  const { id, setting, isSet, text, describedBy, fault, disabled, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const { focus } = props;
  useEffect(() => {
    focus(input.current);
    input.current?.focus();
  }, [focus]);
  return (
    <div className="secret-row">
      <TextField
        id={id}
        hiddenLabel
        type="password"
        autoComplete="new-password"
        inputRef={input}
        value={text}
        error={fault}
        disabled={disabled}
        placeholder={setting.placeholder ?? ''}
        onChange={(e) => onChange({ mode: 'set', text: e.target.value })}
        slotProps={{
          htmlInput: {
            'aria-label': formTexts.newValue({ label: setting.label }),
            'aria-describedby': describedBy,
            'aria-invalid': fault,
            'data-1p-ignore': true,
            spellCheck: false,
          },
        }}
      />
      <IconButton
        size="small"
        aria-label={isSet ? formTexts.keep : formTexts.undo}
        title={isSet ? formTexts.keep : formTexts.undo}
        disabled={disabled}
        onClick={() => onChange({ mode: 'keep' })}
      >
        <Icon name="close" />
      </IconButton>
    </div>
  );
}

export function SecretField(props: SecretFieldProps) {
  const { id, focus, setting, isSet, value, describedBy, disabled, onChange, onGenerate } = props;
  if (value.mode === 'set') return <Typing {...props} text={value.text} />;
  const generated = setting.type === 'generated-secret';
  return (
    <div
      className="secret-row"
      role="group"
      aria-label={setting.label}
      aria-describedby={describedBy}
    >
      <State value={value} isSet={isSet} />
      {value.mode === 'remove' ? (
        <Button
          id={id}
          ref={focus}
          size="small"
          color="inherit"
          disabled={disabled}
          onClick={() => onChange({ mode: 'keep' })}
        >
          {formTexts.undo}
        </Button>
      ) : (
        <>
          <Button
            id={id}
            ref={focus}
            size="small"
            variant="outlined"
            disabled={disabled}
            aria-label={formTexts.actionOf({
              action: generated ? formTexts.generate : isSet ? formTexts.replace : formTexts.set,
              label: setting.label,
            })}
            onClick={() => (generated ? onGenerate?.() : onChange({ mode: 'set', text: '' }))}
          >
            {generated ? formTexts.generate : isSet ? formTexts.replace : formTexts.set}
          </Button>
          {isSet && !setting.required && (
            <Button
              size="small"
              color="inherit"
              disabled={disabled}
              aria-label={formTexts.actionOf({ action: formTexts.remove, label: setting.label })}
              onClick={() => onChange({ mode: 'remove' })}
            >
              {formTexts.remove}
            </Button>
          )}
        </>
      )}
    </div>
  );
}
