/** One setting: label, control, help and fault, tied together for screen readers. */
import Autocomplete from '@mui/material/Autocomplete';
import Checkbox from '@mui/material/Checkbox';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useController, type Control, type RefCallBack } from 'react-hook-form';
import { formTexts } from '../text/forms';
import { Icon } from '../ui/icons';
import { companyRoles, roleName } from '../ui/names';
import { defaultDraft, shownDefault, type Draft, type DraftValue, type SecretDraft } from './draft';
import { SecretField } from './secret-field';
import type { Person, Setting } from './types';

export interface FieldProps {
  /** Of the whole form: ids are made from it. */
  formId: string;
  setting: Setting;
  control: Control<Draft>;
  isSet: boolean;
  people: readonly Person[];
  disabled: boolean;
  onGenerate: () => void;
}

const INPUT_TYPE = { url: 'url', email: 'email' } as Record<string, string>;

interface ControlProps extends Omit<FieldProps, 'control'> {
  value: DraftValue;
  fault: string | undefined;
  onChange: (value: DraftValue) => void;
  /** Of what gets the focus. */
  focus: RefCallBack;
  id: string;
  labelId: string;
  describedBy: string;
}

const described = (p: ControlProps) => ({
  'aria-describedby': p.describedBy,
  'aria-invalid': Boolean(p.fault),
  'aria-required': p.setting.required ?? false,
});

function TextControl(p: ControlProps) {
  const { setting: s } = p;
  const area = s.type === 'textarea';
  return (
    <TextField
      id={p.id}
      inputRef={p.focus}
      hiddenLabel
      type={INPUT_TYPE[s.type] ?? 'text'}
      multiline={area}
      {...(area && { minRows: 3, maxRows: 12 })}
      className={s.type === 'number' ? 'setting-number' : ''}
      value={p.value as string}
      error={Boolean(p.fault)}
      disabled={p.disabled}
      placeholder={s.placeholder ?? shownDefault(s) ?? ''}
      onChange={(e) => p.onChange(e.target.value)}
      slotProps={{
        htmlInput: {
          ...described(p),
          ...(s.type === 'number' && { inputMode: 'decimal' }),
          ...((s.type === 'url' || s.type === 'email') && {
            spellCheck: false,
            autoCapitalize: 'off',
          }),
        },
      }}
    />
  );
}

function SwitchControl(p: ControlProps) {
  return (
    <label className="setting-switch">
      <Switch
        id={p.id}
        size="small"
        checked={p.value === true}
        disabled={p.disabled}
        onChange={(e) => p.onChange(e.target.checked)}
        slotProps={{
          input: { ref: p.focus, 'aria-labelledby': p.labelId, 'aria-describedby': p.describedBy },
        }}
      />
      <span aria-hidden="true">{p.value === true ? formTexts.yes : formTexts.no}</span>
    </label>
  );
}

function SelectControl(p: ControlProps) {
  const options =
    p.setting.type === 'role'
      ? [...companyRoles(), 'SystemAdmin'].map((r) => ({ value: r, label: roleName(r) }))
      : (p.setting.options ?? []);
  const value = p.value as string;
  const known = value === '' || options.some((o) => o.value === value);
  return (
    <TextField
      select
      inputRef={p.focus}
      hiddenLabel
      value={value}
      error={Boolean(p.fault)}
      disabled={p.disabled}
      onChange={(e) => p.onChange(e.target.value)}
      slotProps={{
        select: {
          displayEmpty: true,
          SelectDisplayProps: {
            id: p.id,
            ...described(p),
            'aria-labelledby': `${p.labelId} ${p.id}`,
          },
        },
      }}
    >
      {(!p.setting.required || value === '') && (
        <MenuItem value="">
          <span className="soft">{formTexts.notSet}</span>
        </MenuItem>
      )}
      {options.map((o) => (
        <MenuItem key={o.value} value={o.value}>
          {o.label}
        </MenuItem>
      ))}
      {!known && <MenuItem value={value}>{value}</MenuItem>}
    </TextField>
  );
}

function ManyControl(p: ControlProps) {
  const chosen = p.value as string[];
  const toggle = (value: string, on: boolean) => {
    const all = p.setting.options?.map((o) => o.value) ?? [];
    p.onChange(all.filter((v) => (v === value ? on : chosen.includes(v))));
  };
  return (
    <div
      ref={p.focus}
      className="setting-many"
      role="group"
      id={p.id}
      tabIndex={-1}
      aria-labelledby={p.labelId}
      aria-describedby={p.describedBy}
      data-fault={Boolean(p.fault)}
    >
      {p.setting.options?.map((o) => (
        <label key={o.value}>
          <Checkbox
            size="small"
            checked={chosen.includes(o.value)}
            disabled={p.disabled}
            onChange={(e) => toggle(o.value, e.target.checked)}
          />
          <span>{o.label}</span>
        </label>
      ))}
    </div>
  );
}

function PersonControl(p: ControlProps) {
  const value = p.value as string;
  const choice = p.people.find((u) => u.id === value) ?? null;
  const left = value !== '' && !choice ? { id: value, name: formTexts.gone, active: false } : null;
  return (
    <Autocomplete
      id={p.id}
      size="small"
      options={p.people.filter((u) => u.active)}
      value={choice ?? left}
      disabled={p.disabled}
      getOptionLabel={(u) => u.name}
      getOptionKey={(u) => u.id}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      onChange={(_, u) => p.onChange(u?.id ?? '')}
      noOptionsText={formTexts.nobody}
      renderInput={(params) => (
        <TextField
          id={params.id}
          inputRef={p.focus}
          disabled={params.disabled}
          hiddenLabel
          placeholder={formTexts.findPerson}
          error={Boolean(p.fault)}
          slotProps={{
            input: params.InputProps,
            htmlInput: { ...params.inputProps, ...described(p) },
          }}
        />
      )}
    />
  );
}

function Input(p: ControlProps) {
  switch (p.setting.type) {
    case 'boolean':
      return <SwitchControl {...p} />;
    case 'select':
    case 'role':
      return <SelectControl {...p} />;
    case 'multi-select':
      return <ManyControl {...p} />;
    case 'user':
      return <PersonControl {...p} />;
    case 'secret':
    case 'generated-secret':
      return (
        <SecretField
          id={p.id}
          focus={p.focus}
          setting={p.setting}
          isSet={p.isSet}
          value={p.value as SecretDraft}
          describedBy={p.describedBy}
          fault={Boolean(p.fault)}
          disabled={p.disabled}
          onChange={p.onChange}
          onGenerate={p.onGenerate}
        />
      );
    default:
      return <TextControl {...p} />;
  }
}

/** Controls of several parts have no single element that a <label> could name. */
const GROUPS = ['multi-select', 'secret', 'generated-secret', 'select', 'role'];

export function Field({ control, ...props }: FieldProps) {
  const { setting: s } = props;
  const { field, fieldState } = useController({ name: s.key, control });
  const fault = fieldState.error?.message;
  const id = `${props.formId}-${s.key}`;
  const labelId = `${id}-label`;
  const isDefault = JSON.stringify(field.value) === JSON.stringify(defaultDraft(s));
  const standard = isDefault || s.type === 'boolean' ? null : shownDefault(s);
  return (
    <div className="setting" data-type={s.type} data-fault={Boolean(fault)}>
      <div className="setting-label">
        <label id={labelId} {...(!GROUPS.includes(s.type) && { htmlFor: id })}>
          {s.label}
          {s.required && (
            <span className="setting-required" title={formTexts.requiredMark}>
              <span aria-hidden="true"> *</span>
              <span className="visually-hidden"> ({formTexts.requiredMark})</span>
            </span>
          )}
        </label>
      </div>
      <div className="setting-control">
        <Input
          {...props}
          value={field.value}
          fault={fault}
          onChange={field.onChange}
          focus={field.ref}
          id={id}
          labelId={labelId}
          describedBy={`${id}-fault ${id}-help`}
        />
        <p className="setting-fault" id={`${id}-fault`}>
          {fault && (
            <>
              <Icon name="warning" size={14} /> <span>{fault}</span>
            </>
          )}
        </p>
        <p className="setting-help" id={`${id}-help`}>
          {s.help}
          {standard && (
            <span className="setting-default"> {formTexts.defaultIs({ value: standard })}</span>
          )}
        </p>
      </div>
    </div>
  );
}
