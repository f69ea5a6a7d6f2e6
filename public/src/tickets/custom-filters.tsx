/** The list's filters by the company's own fields: a dialog with all of them, and what is chosen as chips. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { CustomField } from '../api/types';
import { useMe } from '../auth/session';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { ChoiceButton, type Option } from '../ui/choice';
import { Icon } from '../ui/icons';
import { customText } from './custom-cell';
import { useUsers } from './data';
import { customParam } from './filters';
import { assigneeOptions } from './options';
import { Picker } from './picker';
import './custom.css';

type Custom = Readonly<Record<string, string>>;

/** Options have any letters but this one; ids and words have no commas. */
const separator = (field: CustomField) => (field.type === 'choice' ? '|' : ',');
const NONE = 'none';

const hasRange = ({ type }: CustomField) =>
  type === 'number' || type === 'decimal' || type === 'date';
const hasOptions = ({ type }: CustomField) =>
  type === 'choice' || type === 'person' || type === 'boolean';

/** "1..3" in two; a single value is both. */
export function endsOf(value: string): [string, string] {
  const at = value.indexOf('..');
  return at < 0 ? [value, value] : [value.slice(0, at), value.slice(at + 2)];
}
export function rangeOf(from: string, to: string): string {
  if (!from && !to) return '';
  return from === to ? from : `${from}..${to}`;
}

function useOptions(field: CustomField): Option<string>[] {
  const me = useMe();
  const users = useUsers();
  const unset = { value: NONE, label: ticketTexts.custom.unset };
  switch (field.type) {
    case 'boolean':
      return [
        { value: 'true', label: ticketTexts.custom.yes },
        { value: 'false', label: ticketTexts.custom.no },
        unset,
      ];
    case 'person':
      return [
        { value: 'me', label: texts.tickets.me },
        ...assigneeOptions(users, me.id).filter((o) => o.value && o.value !== me.id),
        unset,
      ];
    default:
      return [...field.options.map((value) => ({ value, label: value })), unset];
  }
}

interface InputProps {
  field: CustomField;
  value: string;
  onChange: (value: string) => void;
}

function Options({ field, value, onChange }: InputProps) {
  const by = separator(field);
  return (
    <div className="custom-input">
      <span aria-hidden="true">{field.label}</span>
      <Picker
        multiple
        look="field"
        label={field.label}
        none={ticketTexts.custom.any}
        options={useOptions(field)}
        value={value ? value.split(by) : []}
        onChange={(next) => onChange(next.join(by))}
      />
    </div>
  );
}

function Range({ field, value, onChange }: InputProps) {
  const t = ticketTexts.custom;
  const [from, to] = endsOf(value);
  const isDate = field.type === 'date';
  const input = (label: string, now: string, set: (text: string) => void) => (
    <TextField
      label={label}
      type={isDate ? 'date' : 'text'}
      value={now}
      onChange={(e) => set(isDate ? e.target.value : e.target.value.trim().replace(',', '.'))}
      autoComplete="off"
      size="small"
      slotProps={{
        inputLabel: isDate ? { shrink: true } : {},
        htmlInput: isDate ? {} : { inputMode: 'decimal' },
      }}
    />
  );
  return (
    <div className="custom-range">
      {input(t.from({ field: field.label }), from, (text) => onChange(`${text}..${to}`))}
      {input(t.to({ field: field.label }), to, (text) => onChange(`${from}..${text}`))}
    </div>
  );
}

function Input(props: InputProps) {
  const { field } = props;
  if (hasOptions(field)) return <Options {...props} />;
  if (hasRange(field)) return <Range {...props} />;
  return (
    <TextField
      label={field.label}
      helperText={ticketTexts.custom.contains}
      value={props.value}
      onChange={(e) => props.onChange(e.target.value)}
      autoComplete="off"
      size="small"
      fullWidth
      margin="dense"
      slotProps={{ htmlInput: { maxLength: 200 } }}
    />
  );
}

function FilterDialog(props: {
  custom: Custom;
  fields: readonly CustomField[];
  onChange: (custom: Record<string, string | null>) => void;
  onClose: () => void;
}) {
  const t = ticketTexts.custom;
  const [values, setValues] = useState<Record<string, string>>({ ...props.custom });
  const apply = () => {
    const changes = props.fields.map((field) => {
      const name = customParam(field.key);
      const value = values[name] ?? '';
      return [name, (hasRange(field) ? rangeOf(...endsOf(value)) : value.trim()) || null];
    });
    props.onChange(Object.fromEntries(changes) as Record<string, string | null>);
    props.onClose();
  };
  return (
    <Dialog open onClose={props.onClose} fullWidth maxWidth="sm" aria-labelledby="field-filters">
      <form
        className="custom-filters"
        onSubmit={(e) => {
          e.preventDefault();
          apply();
        }}
      >
        <DialogTitle id="field-filters">{t.filterTitle}</DialogTitle>
        <DialogContent>
          {props.fields.map((field) => {
            const name = customParam(field.key);
            return (
              <Input
                key={field.id}
                field={field}
                value={values[name] ?? ''}
                onChange={(value) => setValues((old) => ({ ...old, [name]: value }))}
              />
            );
          })}
        </DialogContent>
        <DialogActions>
          <Button color="inherit" onClick={props.onClose}>
            {texts.cancel}
          </Button>
          <Button type="submit" variant="contained">
            {t.apply}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function CustomFilters(props: {
  custom: Custom;
  fields: readonly CustomField[];
  onChange: (custom: Record<string, string | null>) => void;
}) {
  const [open, setOpen] = useState(false);
  const n = props.fields.filter((f) => props.custom[customParam(f.key)]).length;
  return (
    <>
      <ChoiceButton
        label={ticketTexts.custom.filter}
        value={n > 0 ? String(n) : ''}
        active={n > 0}
        popup="dialog"
        open={open}
        onOpen={() => setOpen(true)}
      />
      {open && <FilterDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function useWords(): (field: CustomField, value: string) => string {
  const users = useUsers();
  const t = ticketTexts.custom;
  const one = (field: CustomField, value: string) => {
    if (value === NONE) return t.unset;
    if (value === 'me' && field.type === 'person') return texts.tickets.me;
    if (field.type === 'boolean') return value === 'true' ? t.yes : t.no;
    const isNumber = field.type === 'number' || field.type === 'decimal';
    return customText(field, isNumber ? Number(value) : value, users);
  };
  return (field, value) => {
    if (hasOptions(field))
      return value
        .split(separator(field))
        .map((v) => one(field, v))
        .join(', ');
    if (!hasRange(field) || !value.includes('..')) return one(field, value);
    const [from, to] = endsOf(value);
    if (!to) return t.least({ from: one(field, from) });
    if (!from) return t.most({ to: one(field, to) });
    return t.range({ from: one(field, from), to: one(field, to) });
  };
}

/** Also of a field that is gone: it can be taken away. */
export function CustomChips(props: {
  custom: Custom;
  fields: readonly CustomField[];
  onRemove: (name: string) => void;
}) {
  const words = useWords();
  return Object.entries(props.custom).map(([name, value]) => {
    const field = props.fields.find((f) => customParam(f.key) === name);
    const label = field?.label ?? name;
    const text = field ? words(field, value) : value;
    return (
      <li key={name}>
        <button
          type="button"
          className="filter-chip"
          aria-label={`${label}: ${text}, ${texts.tickets.removeFilter}`}
          onClick={() => props.onRemove(name)}
        >
          <span className="soft">{label}:</span> {text}
          <Icon name="close" size={12} />
        </button>
      </li>
    );
  });
}
