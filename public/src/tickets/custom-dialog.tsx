/** Changes the values of a ticket's own fields, all at once; what others change meanwhile in others stays. */
import { api } from '../api/client';
import { invalidate, setQueryData } from '../api/query';
import type { CustomField, Ticket, User } from '../api/types';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { CustomInputs } from './custom-inputs';
import { customChanges, customStart } from './custom-values';

export default function CustomDialog(props: {
  ticket: Ticket;
  fields: readonly CustomField[];
  users: readonly User[];
  onClose: () => void;
}) {
  const { ticket, fields, onClose } = props;
  const of = useServerForm({
    start: customStart(fields, ticket.custom) as Record<string, string>,
    body: (values) => ({ custom: customChanges(fields, values, ticket.custom) }),
    send: (body) => api.patch<Ticket>(`/api/tickets/${encodeURIComponent(ticket.id)}`, body),
    onDone: (saved) => {
      setQueryData<Ticket>(`ticket/${ticket.id}`, (old) =>
        old && old.version > saved.version ? old : saved,
      );
      invalidate(`history/${ticket.id}`);
      onClose();
    },
  });
  return (
    <FormDialog title={ticketTexts.custom.edit} submit={texts.save} wide of={of} onClose={onClose}>
      <CustomInputs of={of} fields={fields} users={props.users} />
    </FormDialog>
  );
}
