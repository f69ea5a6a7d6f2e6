import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useState } from 'react';
import { Controller, useWatch } from 'react-hook-form';
import { api } from '../api/client';
import { postTickets } from '../api/resources';
import type { CustomField, Priority, Ticket, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate } from '../router/router';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { ChoiceInput, FormError, TextInput, useServerForm } from '../ui/form';
import { CustomInputs } from './custom-inputs';
import { customChanges, customStart } from './custom-values';
import { useCustomFieldList } from './data';
import { FormPanels } from './form-panels';
import { assigneeOptions, priorityOptions } from './options';
import { Picker } from './picker';
import { ticketPath } from './rows';

interface Draft extends Record<string, string> {
  title: string;
  description: string;
  priority: Priority;
  assigneeId: string;
}

const BLANK: Draft = { title: '', description: '', priority: 'normal', assigneeId: '' };

/** What was typed when the dialog was closed without creating the ticket; by person. */
const drafts = new Map<string, Draft>();

interface Props {
  states: readonly TicketState[];
  users: readonly User[];
  onClose: () => void;
}

export default function CreateTicket(props: Props) {
  const { data, error } = useCustomFieldList();
  if (!data && !error) return null;
  return <Form {...props} fields={data?.items ?? []} />;
}

function Form(props: Props & { fields: readonly CustomField[] }) {
  const { fields } = props;
  const me = useMe();
  const phone = useMediaQuery('(max-width: 700px)');
  const [restored] = useState(drafts.has(me.id));
  const of = useServerForm({
    start: { ...customStart(fields, {}), ...(drafts.get(me.id) ?? BLANK) } as Draft,
    rules: postTickets,
    body: ({ title, description, priority, assigneeId, ...rest }: Draft) => ({
      title: title.trim(),
      description,
      priority,
      ...(assigneeId && { assigneeId }),
      ...(fields.length > 0 && { custom: customChanges(fields, rest, {}) }),
    }),
    send: (body) => api.post<Ticket>('/api/tickets', body),
    onDone: (ticket) => {
      drafts.delete(me.id);
      toast({
        title: texts.tickets.created({ number: ticket.number }),
        message: ticket.title,
        tone: 'success',
      });
      props.onClose();
      navigate(ticketPath(ticket.id));
    },
  });
  const { busy, form, submit } = of;
  const [title, description] = useWatch({ control: form.control, name: ['title', 'description'] });

  /** Escape and a click outside close the dialog, but throw nothing away. */
  const leave = () => {
    if (busy) return;
    if (title || description) {
      drafts.set(me.id, form.getValues());
      toast(texts.tickets.draftKept);
    } else drafts.delete(me.id);
    props.onClose();
  };
  const discard = () => {
    drafts.delete(me.id);
    props.onClose();
  };
  return (
    <Dialog
      open
      fullWidth
      maxWidth="sm"
      fullScreen={phone}
      onClose={leave}
      aria-labelledby="create-title"
    >
      <form
        className="dialog-form"
        noValidate
        onSubmit={(e) => void submit(e)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void submit();
        }}
      >
        <DialogTitle id="create-title">{texts.tickets.create}</DialogTitle>
        <DialogContent className="stack">
          {restored && (
            <p role="status" className="soft">
              {texts.tickets.draftBack}
            </p>
          )}
          <TextInput
            of={of}
            name="title"
            label={texts.tickets.titleField}
            autoFocus
            margin="dense"
          />
          <TextInput
            of={of}
            name="description"
            label={texts.tickets.description}
            multiline
            minRows={5}
            maxRows={14}
          />
          <div className="create-fields">
            <ChoiceInput
              of={of}
              name="priority"
              label={texts.tickets.priority}
              options={priorityOptions()}
            />
            <Controller
              control={form.control}
              name="assigneeId"
              render={({ field }) => (
                <Picker
                  label={texts.tickets.assignee}
                  value={[field.value]}
                  none={texts.tickets.nobody}
                  options={assigneeOptions(props.users, me.id)}
                  onChange={([id]) => field.onChange(id ?? '')}
                />
              )}
            />
          </div>
          <CustomInputs of={of} fields={fields} users={props.users} />
          <FormPanels form={form} fields={fields} />
          <FormError of={of} />
        </DialogContent>
        <DialogActions>
          <Button onClick={discard} color="inherit" disabled={busy}>
            {title || description ? texts.tickets.discardDraft : texts.cancel}
          </Button>
          <Button type="submit" variant="contained" loading={busy}>
            {texts.tickets.createIt}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
