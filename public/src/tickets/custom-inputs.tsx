/** The company's own fields in a form: one input each, by its type. */
import { useId } from 'react';
import {
  useController,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import type { Rules } from '../api/rules';
import type { CustomField, User } from '../api/types';
import { useMe } from '../auth/session';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { ChoiceInput, FieldFault, TextInput } from '../ui/form';
import { customName } from './custom-values';
import { assigneeOptions } from './options';
import { Picker } from './picker';
import './custom.css';

interface Of<V extends FieldValues> {
  of: { form: UseFormReturn<V>; rules: Rules };
}
/** One that the form has beside those of its type. */
const pathOf = <V extends FieldValues>(field: CustomField) => customName(field) as FieldPath<V>;

function Person<V extends FieldValues>({
  of,
  field,
  users,
}: Of<V> & { field: CustomField; users: readonly User[] }) {
  const id = useId();
  const me = useMe();
  const { field: input, fieldState } = useController({
    name: pathOf<V>(field),
    control: of.form.control,
  });
  const value = input.value as string;
  const chosen = users.find((u) => u.id === value);
  return (
    <div className="custom-input">
      <span aria-hidden="true">{field.label}</span>
      <Picker
        look="field"
        focus={input.ref}
        describedBy={id}
        label={field.label}
        none={texts.tickets.nobody}
        value={value ? [value] : []}
        options={assigneeOptions(users, me.id, {
          id: value || null,
          name: chosen?.name ?? null,
        })}
        onChange={([user]) => input.onChange(user ?? '')}
      />
      <FieldFault id={id} text={fieldState.error?.message} />
    </div>
  );
}

function Select<V extends FieldValues>({ of, field }: Of<V> & { field: CustomField }) {
  const t = ticketTexts.custom;
  const options =
    field.type === 'boolean'
      ? [
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]
      : field.options.map((value) => ({ value, label: value }));
  return (
    <div className="custom-input">
      <span aria-hidden="true">{field.label}</span>
      <ChoiceInput
        of={of}
        name={pathOf<V>(field)}
        look="field"
        label={field.label}
        options={[{ value: '', label: t.unset }, ...options]}
      />
    </div>
  );
}

export function CustomInputs<V extends FieldValues>(
  props: Of<V> & { fields: readonly CustomField[]; users: readonly User[] },
) {
  const { of, users } = props;
  return props.fields.map((field) => {
    if (field.type === 'person')
      return <Person key={field.id} of={of} field={field} users={users} />;
    if (field.type === 'choice' || field.type === 'boolean')
      return <Select key={field.id} of={of} field={field} />;
    const isNumber = field.type === 'number' || field.type === 'decimal';
    return (
      <TextInput
        key={field.id}
        of={of}
        name={pathOf<V>(field)}
        label={field.label}
        helperText={field.help}
        required={field.required}
        type={field.type === 'date' ? 'date' : 'text'}
        multiline={field.type === 'longtext'}
        {...(field.type === 'longtext' && { minRows: 3, maxRows: 10 })}
        autoComplete="off"
        fullWidth
        margin="dense"
        slotProps={{
          inputLabel: field.type === 'date' ? { shrink: true } : {},
          htmlInput: isNumber ? { inputMode: field.type === 'number' ? 'numeric' : 'decimal' } : {},
        }}
      />
    );
  });
}
