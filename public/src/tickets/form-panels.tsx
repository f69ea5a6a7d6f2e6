/** What plugins put below the fields of a new ticket: it sees what is entered, and may enter something. */
import { useWatch, type FieldValues, type Path, type UseFormReturn } from 'react-hook-form';
import type { CustomField } from '../api/types';
import { useSlot } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import type { SlotProps } from '../plugins/slots';
import { customChanges, customName } from './custom-values';

interface Props<V extends FieldValues> {
  form: UseFormReturn<V>;
  fields: readonly CustomField[];
}

type Entered = SlotProps['ticket.form'];
const BUILT_IN = ['title', 'description', 'priority', 'assigneeId'] as const;

function Panels<V extends FieldValues>({ form, fields }: Props<V>) {
  const values = useWatch({ control: form.control }) as Record<string, string>;
  const enter = (name: string, value: unknown) =>
    form.setValue(name as Path<V>, String(value ?? '') as never, {
      shouldDirty: true,
      shouldValidate: form.formState.isSubmitted,
    });
  const onChange: Entered['onChange'] = ({ custom, ...change }) => {
    for (const name of BUILT_IN) if (change[name] !== undefined) enter(name, change[name]);
    for (const field of fields)
      if (custom && field.key in custom) enter(customName(field), custom[field.key]);
  };
  const { title = '', description = '', priority = '', assigneeId = '' } = values;
  const draft = { title, description, priority, assigneeId };
  return (
    <PluginSlot
      id="ticket.form"
      slotProps={{ draft: { ...draft, custom: customChanges(fields, values, {}) }, onChange }}
    />
  );
}

/** Without a plugin there, nothing follows what is typed. */
export function FormPanels<V extends FieldValues>(props: Props<V>) {
  return useSlot('ticket.form').length > 0 ? <Panels {...props} /> : null;
}
