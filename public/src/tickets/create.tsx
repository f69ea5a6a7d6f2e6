import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useState, type FormEvent } from 'react';
import { api, type ApiError } from '../api/client';
import type { Priority, Ticket, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate } from '../router/router';
import { T } from '../text';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { ErrorLine } from '../ui/states';
import { assigneeOptions, priorityOptions } from './options';
import { ticketPath } from './ticket-list';

export function CreateTicket(props: {
  states: readonly TicketState[];
  users: readonly User[];
  onClose: () => void;
}) {
  const me = useMe();
  const phone = useMediaQuery('(max-width: 700px)');
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const [priority, setPriority] = useState<Priority>('normal');
  const [assigneeId, setAssigneeId] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const submit = async () => {
    if (busy || !title.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const ticket = await api.post<Ticket>('/api/tickets', {
        title: title.trim(),
        description,
        priority,
        ...(assigneeId && { assigneeId }),
      });
      toast({ title: T.tickets.created(ticket.number), message: ticket.title, tone: 'success' });
      props.onClose();
      navigate(ticketPath(ticket.id));
    } catch (caught) {
      setError(caught as ApiError);
      setBusy(false);
    }
  };
  const titleFault = error?.field('title');
  const descriptionFault = error?.field('description');
  return (
    <Dialog
      open
      fullWidth
      maxWidth="sm"
      fullScreen={phone}
      onClose={() => !busy && !(title || description) && props.onClose()}
      aria-labelledby="create-title"
    >
      <form
        className="dialog-form"
        onSubmit={(e: FormEvent) => {
          e.preventDefault();
          void submit();
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void submit();
        }}
      >
        <DialogTitle id="create-title">{T.tickets.create}</DialogTitle>
        <DialogContent className="stack">
          <TextField
            label={T.tickets.titleField}
            required
            autoFocus
            margin="dense"
            value={title}
            error={Boolean(titleFault)}
            helperText={titleFault}
            onChange={(e) => setTitle(e.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            label={T.tickets.description}
            multiline
            minRows={5}
            maxRows={14}
            value={description}
            error={Boolean(descriptionFault)}
            helperText={descriptionFault}
            onChange={(e) => setDescription(e.target.value)}
          />
          <div className="create-fields">
            <Choice
              label={T.tickets.priority}
              value={priority}
              options={priorityOptions()}
              onChange={setPriority}
            />
            <Choice
              label={T.tickets.assignee}
              value={assigneeId}
              options={assigneeOptions(props.users, me.id)}
              onChange={setAssigneeId}
            />
          </div>
          <ErrorLine error={titleFault || descriptionFault ? null : error} />
        </DialogContent>
        <DialogActions>
          <Button onClick={props.onClose} color="inherit" disabled={busy}>
            {T.cancel}
          </Button>
          <Button type="submit" variant="contained" loading={busy} disabled={!title.trim()}>
            {T.tickets.createIt}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
