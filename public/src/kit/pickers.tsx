/** Choosing a person, a team, a ticket, a day or a time zone, by itself or as a field of a form. */
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useEffect, useState, type ComponentType, type Ref } from 'react';
import {
  useController,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Ticket, TicketPage } from '../api/types';
import { texts } from '../text';
import { fieldTexts } from '../text/fields';
import { kitTexts } from '../text/kit';
import { useTeams, useUsers } from '../tickets/data';
import { CodeChoice, zoneName, zones } from '../ui/code-choice';

export interface PickerProps {
  label: string;
  /** An id, a day (yyyy-mm-dd) or the name of a zone; "" is nothing. */
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  disabled?: boolean;
  helperText?: string;
  fault?: string | undefined;
  onBlur?: () => void;
  focus?: Ref<HTMLInputElement>;
}

const FOUND = 20;
const PAUSE_MS = 200;

/** Nothing can be chosen again, unless something is required. */
const nothing = (required: boolean | undefined, words: string) =>
  required ? {} : { nothing: words };

export function PersonPicker({ required, ...rest }: PickerProps) {
  const users = useUsers();
  return (
    <CodeChoice
      {...rest}
      {...nothing(required, kitTexts.nobody)}
      codes={users.filter((u) => u.active || u.id === rest.value).map((u) => u.id)}
      nameOf={(id) => users.find((u) => u.id === id)?.name ?? '?'}
    />
  );
}

export function TeamPicker({ required, ...rest }: PickerProps) {
  const teams = useTeams();
  return (
    <CodeChoice
      {...rest}
      {...nothing(required, kitTexts.noTeam)}
      codes={teams.map((t) => t.id)}
      nameOf={(id) => teams.find((t) => t.id === id)?.name ?? '?'}
    />
  );
}

export function ZonePicker({ required: _, ...rest }: PickerProps) {
  return (
    <CodeChoice
      {...rest}
      codes={zones(rest.value || undefined)}
      nameOf={zoneName}
      placeholder={fieldTexts.findZone}
    />
  );
}

/** What was typed last, after a breath. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

const ticketName = (t: Ticket) => `#${t.number} ${t.title}`;

export function TicketPicker(props: PickerProps) {
  const { label, value, onChange, required, fault } = props;
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.replace(/^#/, '').trim());
  // Before anything is typed: those that changed last.
  const found = useQuery<TicketPage>(`tickets-to-choose/${q}`, (signal) =>
    api.get('/api/tickets', { signal, query: { q: q || null, limit: FOUND } }),
  );
  const chosen = useQuery<Ticket>(value ? `ticket/${value}` : null, (signal) =>
    api.get(`/api/tickets/${encodeURIComponent(value)}`, { signal }),
  );
  return (
    <Autocomplete<Ticket>
      options={found.data?.items ?? []}
      // The server has searched.
      filterOptions={(all) => all}
      value={value ? (chosen.data ?? null) : null}
      loading={found.loading}
      loadingText={texts.loading}
      noOptionsText={found.error?.message ?? fieldTexts.noOption}
      disabled={props.disabled ?? false}
      getOptionLabel={ticketName}
      getOptionKey={(t) => t.id}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      onInputChange={(_, text, reason) => setTyped(reason === 'input' ? text : '')}
      onChange={(_, ticket) => onChange(ticket?.id ?? '')}
      onBlur={props.onBlur}
      renderInput={(params) => (
        <TextField
          {...params}
          size="small"
          label={label}
          inputRef={props.focus}
          required={required ?? false}
          placeholder={kitTexts.findTicket}
          slotProps={{ inputLabel: { shrink: true } }}
          error={fault !== undefined}
          helperText={fault ?? props.helperText}
        />
      )}
    />
  );
}

export function DayPicker(props: PickerProps & { min?: string; max?: string }) {
  const { fault, helperText, focus, min, max, onChange, ...rest } = props;
  return (
    <TextField
      {...rest}
      type="date"
      size="small"
      fullWidth
      inputRef={focus}
      error={fault !== undefined}
      helperText={fault ?? helperText}
      onChange={(e) => onChange(e.target.value)}
      slotProps={{ inputLabel: { shrink: true }, htmlInput: { min, max } }}
    />
  );
}

type InputProps<V extends FieldValues, P> = Omit<
  P,
  'value' | 'onChange' | 'onBlur' | 'focus' | 'fault'
> & { of: { form: UseFormReturn<V> }; name: FieldPath<V> };

/** The same as a field of a form, with its fault below. */
function asInput<P extends PickerProps>(Picker: ComponentType<P>) {
  return function PickerInput<V extends FieldValues>({ of, name, ...rest }: InputProps<V, P>) {
    const { field, fieldState } = useController({ name, control: of.form.control });
    return (
      <div className="kit-input">
        <Picker
          {...(rest as unknown as P)}
          value={field.value ?? ''}
          onChange={field.onChange}
          onBlur={field.onBlur}
          focus={field.ref}
          fault={fieldState.invalid ? fieldState.error?.message : undefined}
        />
      </div>
    );
  };
}

export const PersonInput = asInput(PersonPicker);
export const TeamInput = asInput(TeamPicker);
export const TicketInput = asInput(TicketPicker);
export const ZoneInput = asInput(ZonePicker);
export const DayInput = asInput(DayPicker);
