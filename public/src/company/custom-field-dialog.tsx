/** A field of the company's tickets: made, or changed but for its type and name. What a plugin's is, is the plugin's. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { Controller, useWatch } from 'react-hook-form';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { patchCustomFields, postCustomFields } from '../api/resources';
import type { CustomField } from '../api/types';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { ChoiceInput, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import './company.css';

interface Written {
  label: string;
  type: CustomField['type'];
  options: string;
  help: string;
  key: string;
  required: boolean;
  inList: boolean;
}
const EMPTY: Written = {
  label: '',
  type: 'text',
  options: '',
  help: '',
  key: '',
  required: false,
  inList: false,
};

const TYPES = postCustomFields.type.oneOf;

/** "Purchase order no." -> purchaseOrderNo */
export function keyOf(label: string): string {
  const words = label
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9 ]/g, '')
    .split(' ')
    .filter(Boolean)
    .map((word) => word.toLowerCase());
  const key = words.map((w, i) => (i ? w.charAt(0).toUpperCase() + w.slice(1) : w)).join('');
  return (/^[a-z]/.test(key) ? key : `field${key}`).slice(0, 40);
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

export default function CustomFieldDialog(props: {
  field?: CustomField;
  /** How many there are: a new one comes last. */
  count: number;
  onClose: () => void;
}) {
  const t = companyTexts.fields;
  const { field, onClose } = props;
  const foreign = field?.pluginName;
  const of = useServerForm({
    start: field ? { ...field, options: field.options.join('\n'), help: field.help ?? '' } : EMPTY,
    rules: field ? patchCustomFields : postCustomFields,
    body: ({ label, type, options, help, key, required, inList }: Written) => ({
      required,
      inList,
      ...(!foreign && {
        label: label.trim(),
        help: help.trim() || null,
        ...(type === 'choice' && { options: lines(options) }),
      }),
      ...(!field && { type, key: key.trim() || keyOf(label), position: props.count }),
    }),
    send: (body) =>
      field
        ? api.patch<CustomField>(`/api/custom-fields/${field.id}`, body, {
            headers: { 'If-Match': `"${field.version}"` },
          })
        : api.post<CustomField>('/api/custom-fields', body),
    onDone: () => {
      invalidate('custom-fields');
      onClose();
    },
  });
  const type = useWatch({ control: of.form.control, name: 'type' });
  return (
    <FormDialog
      title={field ? t.editTitle({ name: field.label }) : t.addTitle}
      submit={texts.save}
      wide
      of={of}
      onClose={onClose}
    >
      {foreign ? (
        <p className="dialog-text">{t.foreignText({ name: foreign })}</p>
      ) : (
        <>
          <TextInput
            of={of}
            name="label"
            label={t.label}
            autoComplete="off"
            autoFocus
            required
            fullWidth
            margin="dense"
          />
          {!field && (
            <ChoiceInput
              of={of}
              name="type"
              label={t.type}
              keepLabel
              options={TYPES.map((value) => ({ value, label: t.types[value] }))}
            />
          )}
          {type === 'choice' && (
            <TextInput
              of={of}
              name="options"
              label={t.options}
              helperText={t.optionsText}
              required
              multiline
              minRows={3}
              fullWidth
              margin="dense"
            />
          )}
          <TextInput
            of={of}
            name="help"
            label={t.help}
            autoComplete="off"
            fullWidth
            margin="dense"
          />
          {!field && (
            <TextInput
              of={of}
              name="key"
              label={t.key}
              helperText={t.keyText}
              required={false}
              autoComplete="off"
              fullWidth
              margin="dense"
            />
          )}
        </>
      )}
      {(['required', 'inList'] as const).map((name) => (
        <Controller
          key={name}
          control={of.form.control}
          name={name}
          render={({ field: input }) => (
            <FormControlLabel
              control={
                <Checkbox
                  checked={input.value}
                  onChange={(e) => input.onChange(e.target.checked)}
                />
              }
              label={t[name]}
            />
          )}
        />
      ))}
    </FormDialog>
  );
}
