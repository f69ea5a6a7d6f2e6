/** The company's own fields in a ticket: their values, and a dialog that changes them. */
import Button from '@mui/material/Button';
import { Suspense, useState } from 'react';
import type { Ticket, User } from '../api/types';
import { ticketTexts } from '../text/tickets';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { customText } from './custom-cell';
import { useCustomFields } from './data';
import './custom.css';

const CustomDialog = lazyThemed(() => import('./custom-dialog'));

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
