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

interface Draft {
  title: string;
  description: string;
  priority: Priority;
  assigneeId: string;
}

const BLANK: Draft = { title: '', description: '', priority: 'normal', assigneeId: '' };

/** What was typed when the dialog was closed without creating the ticket; by person. */
const drafts = new Map<string, Draft>();

export default function CreateTicket(props: {
  states: readonly TicketState[];
  users: readonly User[];
  onClose: () => void;
}) {
  const me = useMe();
  const phone = useMediaQuery('(max-width: 700px)');
  const [draft, setDraft] = useState(drafts.get(me.id) ?? BLANK);
  const [restored] = useState(drafts.has(me.id));
  const { title, description, priority, assigneeId } = draft;
  const change = (fields: Partial<Draft>) => setDraft((old) => ({ ...old, ...fields }));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  /** Escape and a click outside close the dialog, but throw nothing away. */
  const leave = () => {
    if (busy) return;
    if (title || description) {
      drafts.set(me.id, draft);
      toast(T.tickets.draftKept);
    } else drafts.delete(me.id);
    props.onClose();
  };
  const discard = () => {
    drafts.delete(me.id);
    props.onClose();
  };
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
      drafts.delete(me.id);
      toast({
        title: T.tickets.created({ number: ticket.number }),
        message: ticket.title,
        tone: 'success',
      });
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
      onClose={leave}
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
          {restored && (
            <p role="status" className="soft">
              {T.tickets.draftBack}
            </p>
          )}
          <TextField
            label={T.tickets.titleField}
            required
            autoFocus
            margin="dense"
            value={title}
            error={Boolean(titleFault)}
            helperText={titleFault}
            onChange={(e) => change({ title: e.target.value })}
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
            onChange={(e) => change({ description: e.target.value })}
          />
          <div className="create-fields">
            <Choice
              label={T.tickets.priority}
              value={priority}
              options={priorityOptions()}
              onChange={(next) => change({ priority: next })}
            />
            <Choice
              label={T.tickets.assignee}
              value={assigneeId}
              options={assigneeOptions(props.users, me.id)}
              onChange={(next) => change({ assigneeId: next })}
            />
          </div>
          <ErrorLine error={titleFault || descriptionFault ? null : error} />
        </DialogContent>
        <DialogActions>
          <Button onClick={discard} color="inherit" disabled={busy}>
            {title || description ? T.tickets.discardDraft : T.cancel}
          </Button>
          <Button type="submit" variant="contained" loading={busy} disabled={!title.trim()}>
            {T.tickets.createIt}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
