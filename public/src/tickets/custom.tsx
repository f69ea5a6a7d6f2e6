/** The company's own fields in a ticket: their values, and a dialog that changes them. */
import Button from '@mui/material/Button';
import { Suspense, useState } from 'react';
import type { CustomField, Ticket, User } from '../api/types';
import { formatDay, formatNumber, texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { useCustomFields } from './data';
import './custom.css';

const CustomDialog = lazyThemed(() => import('./custom-dialog'));

/** A value in words. */
export function customText(
  field: CustomField | undefined,
  value: unknown,
  users: readonly User[],
): string {
  if (value === null || value === undefined || value === '') return texts.tickets.nothing;
  switch (field?.type) {
    case 'boolean':
      return value === true ? ticketTexts.custom.yes : ticketTexts.custom.no;
    case 'number':
    case 'decimal':
      return typeof value === 'number'
        ? formatNumber(value, { maximumFractionDigits: 15 })
        : String(value);
    case 'date':
      return formatDay(String(value), { dateStyle: 'medium' });
    case 'person':
      return users.find((u) => u.id === value)?.name ?? texts.tickets.somebody;
    default:
      return String(value);
  }
}

export function CustomFields(props: { ticket: Ticket; users: readonly User[]; disabled: boolean }) {
  const { ticket, users } = props;
  const [open, setOpen] = useState(false);
  const fields = useCustomFields();
  if (fields.length === 0) return null;
  return (
    <>
      <dl className="fields">
        {fields.map((field) => (
          <div key={field.id} className="field">
            <dt>{field.label}</dt>
            <dd
              className={
                ticket.custom[field.key] === undefined ? 'custom-value soft' : 'custom-value'
              }
            >
              {customText(field, ticket.custom[field.key], users)}
            </dd>
          </div>
        ))}
      </dl>
      {!props.disabled && (
        <Button
          className="custom-edit"
          color="inherit"
          startIcon={<Icon name="edit" size={14} />}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        >
          {ticketTexts.custom.edit}
        </Button>
      )}
      {open && (
        <Suspense fallback={null}>
          <CustomDialog
            ticket={ticket}
            fields={fields}
            users={users}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
