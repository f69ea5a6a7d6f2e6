/** A ticket's fields, each edited where it stands. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import InputBase from '@mui/material/InputBase';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { invalidate, setQueryData } from '../api/query';
import type { Ticket, TicketPatch, TicketState, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { PluginSlot } from '../plugins/slot';
import { T } from '../text';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { Time } from '../ui/time';
import { ConflictPanel } from './conflict';
import { saveTicket, type Conflict } from './edit';
import { assigneeOptions, priorityOptions, stateOptions } from './options';

interface Props {
  ticket: Ticket;
  states: readonly TicketState[];
  users: readonly User[];
}

type Save = (base: Ticket, patch: TicketPatch) => Promise<boolean>;

/** A text that becomes an input when clicked. What it is based on is kept from the first key on, so
 * that a change by somebody else meanwhile is noticed and not overwritten. */
function EditableText(props: {
  ticket: Ticket;
  field: 'title' | 'description';
  multiline?: boolean;
  disabled: boolean;
  save: Save;
  label: string;
  empty: string;
}) {
  const { ticket, field } = props;
  const [base, setBase] = useState<Ticket | null>(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const shown = useRef<HTMLButtonElement>(null);
  const begin = () => {
    if (props.disabled) return;
    setText(ticket[field]);
    setBase(ticket);
  };
  const stop = () => {
    setBase(null);
    requestAnimationFrame(() => shown.current?.focus());
  };
  const finish = async () => {
    if (!base || busy) return;
    const value = field === 'title' ? text.trim() : text;
    if (value === base[field] || (field === 'title' && !value)) return stop();
    setBusy(true);
    const done = await props.save(base, { [field]: value });
    setBusy(false);
    if (done) stop();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Escape') {
      e.preventDefault();
      e.stopPropagation();
      stop();
    } else if (e.key === 'Enter' && (!props.multiline || e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      void finish();
    }
  };
  if (!base)
    return (
      // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the text stays one that can be selected; the button is for those without a pointer
      <div
        className={`editable editable-${field}`}
        data-editable={!props.disabled}
        onClick={() => window.getSelection()?.isCollapsed !== false && begin()}
      >
        {ticket[field] || <span className="soft">{props.empty}</span>}
        {!props.disabled && (
          <IconButton
            ref={shown}
            size="small"
            className="editable-button"
            aria-label={T.tickets.edit[field]}
          >
            <Icon name="edit" size={14} />
          </IconButton>
        )}
      </div>
    );
  return (
    <div className={`editing editing-${field}`}>
      <InputBase
        autoFocus
        fullWidth
        multiline={props.multiline ?? false}
        minRows={props.multiline ? 4 : undefined}
        value={text}
        disabled={busy}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={onKeyDown}
        inputProps={{ 'aria-label': props.label, maxLength: field === 'title' ? 200 : 20000 }}
      />
      <div className="editing-buttons">
        <Button variant="contained" onClick={() => void finish()} loading={busy}>
          {T.save}
        </Button>
        <Button color="inherit" onClick={stop} disabled={busy}>
          {T.cancel}
        </Button>
      </div>
    </div>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="field">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Details({ ticket, states, users }: Props) {
  const me = useMe();
  const [conflict, setConflict] = useState<Conflict | null>(null);
  // What is shown at once while the server is being asked.
  const [pending, setPending] = useState<TicketPatch>({});
  const shown = { ...ticket, ...pending };
  const closed = states.find((s) => s.key === ticket.state)?.category === 'closed';
  const readOnly = !may(me, 'tickets:write');
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  const save: Save = async (base, patch) => {
    setPending(patch);
    try {
      const result = await saveTicket(base, patch);
      if ('conflict' in result) {
        setQueryData(`ticket/${ticket.id}`, result.conflict.latest);
        if (alive.current) setConflict(result.conflict);
        return true;
      }
      setQueryData<Ticket>(`ticket/${ticket.id}`, (old) =>
        old && old.version > result.ticket.version ? old : result.ticket,
      );
      invalidate(`history/${ticket.id}`);
      return true;
    } catch (error) {
      const problem = error as ApiError;
      toast({ title: T.tickets.notSaved, message: problem.message, tone: 'error' });
      if (problem.status === 409) invalidate(`ticket/${ticket.id}`);
      return false;
    } finally {
      if (alive.current) setPending({});
    }
  };
  const set = (patch: TicketPatch) => void save(ticket, patch);
  return (
    <div className="details">
      {conflict && (
        <ConflictPanel
          conflict={conflict}
          states={states}
          users={users}
          onMine={() => {
            const { latest, patch } = conflict;
            setConflict(null);
            void save(latest, patch);
          }}
          onTheirs={() => setConflict(null)}
        />
      )}
      <EditableText
        ticket={shown}
        field="title"
        disabled={readOnly || closed}
        save={save}
        label={T.tickets.titleField}
        empty={T.tickets.untitled}
      />
      <dl className="fields">
        <Field label={T.tickets.state}>
          <Choice
            look="field"
            label={T.tickets.state}
            value={shown.state}
            options={stateOptions(states)}
            disabled={readOnly}
            onChange={(state) => set({ state })}
          />
        </Field>
        <Field label={T.tickets.priority}>
          <Choice
            look="field"
            label={T.tickets.priority}
            value={shown.priority}
            options={priorityOptions()}
            disabled={readOnly || closed}
            onChange={(priority) => set({ priority })}
          />
        </Field>
        <Field label={T.tickets.assignee}>
          <Choice
            look="field"
            label={T.tickets.assignee}
            value={shown.assigneeId ?? ''}
            options={assigneeOptions(users, me.id, {
              id: ticket.assigneeId,
              name: ticket.assigneeName,
            })}
            disabled={readOnly || closed}
            onChange={(id) => set({ assigneeId: id || null })}
          />
        </Field>
      </dl>
      {closed && <p className="details-note">{T.tickets.closedNote}</p>}
      <h3>{T.tickets.description}</h3>
      <EditableText
        ticket={shown}
        field="description"
        multiline
        disabled={readOnly || closed}
        save={save}
        label={T.tickets.description}
        empty={T.tickets.noDescription}
      />
      <PluginSlot id="ticket.details" slotProps={{ ticketId: ticket.id, technicianId: me.id }} />
      <p className="details-foot">
        {T.tickets.openedBy({ name: ticket.createdByName })} <Time iso={ticket.createdAt} ago />
        {' · '}
        {T.tickets.updated} <Time iso={ticket.updatedAt} ago />
        {ticket.closedAt && (
          <>
            {' · '}
            {T.tickets.closedAt} <Time iso={ticket.closedAt} ago />
          </>
        )}
      </p>
    </div>
  );
}
