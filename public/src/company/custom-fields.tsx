/** Settings -> Company: fields that its tickets have beside the built-in ones. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import type { CustomField } from '../api/types';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { useCustomFieldList } from '../tickets/data';
import { toast } from '../toasts/store';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import CustomFieldDialog from './custom-field-dialog';
import './company.css';

function RemoveDialog({ field, onClose }: { field: CustomField; onClose: () => void }) {
  const t = companyTexts.fields;
  const of = useServerForm({
    send: () => api.del(`/api/custom-fields/${field.id}`),
    onDone: () => {
      invalidate('custom-fields');
      toast({ title: t.removed({ name: field.label }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.removeTitle({ name: field.label })}
      submit={t.remove}
      danger
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.removeText}</p>
    </FormDialog>
  );
}

type Open = { what: 'add' } | { what: 'edit' | 'remove'; field: CustomField } | null;

export function CustomFields() {
  const t = companyTexts.fields;
  const [open, setOpen] = useState<Open>(null);
  const { data, error, refresh } = useCustomFieldList();
  const close = () => setOpen(null);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  return (
    <section className="company-exports" aria-label={t.title}>
      <p className="soft">{t.text}</p>
      <Button
        variant="outlined"
        startIcon={<Icon name="plus" size={14} />}
        onClick={() => setOpen({ what: 'add' })}
      >
        {t.add}
      </Button>
      {data.items.length === 0 ? (
        <p className="soft">{t.none}</p>
      ) : (
        <ul>
          {data.items.map((field) => (
            <li key={field.id}>
              <span className="export-what">
                <strong>{field.label}</strong>
                <span className="soft">
                  {[
                    t.types[field.type],
                    field.key,
                    ...(field.pluginName ? [t.fromPlugin({ name: field.pluginName })] : []),
                    ...(field.required ? [t.requiredNote] : []),
                    ...(field.inList ? [t.inListNote] : []),
                  ].join(' · ')}
                </span>
              </span>
              <Button
                aria-label={t.editTitle({ name: field.label })}
                onClick={() => setOpen({ what: 'edit', field })}
              >
                {t.edit}
              </Button>
              {!field.pluginKey && (
                <Button
                  color="inherit"
                  aria-label={t.removeTitle({ name: field.label })}
                  onClick={() => setOpen({ what: 'remove', field })}
                >
                  {t.remove}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {open?.what === 'remove' && <RemoveDialog field={open.field} onClose={close} />}
      {open?.what === 'add' && <CustomFieldDialog count={data.items.length} onClose={close} />}
      {open?.what === 'edit' && (
        <CustomFieldDialog field={open.field} count={data.items.length} onClose={close} />
      )}
    </section>
  );
}
