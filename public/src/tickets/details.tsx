/** A ticket's fields, each edited where it stands. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import InputBase from '@mui/material/InputBase';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useController } from 'react-hook-form';
import { ApiError } from '../api/client';
import { invalidate, setQueryData } from '../api/query';
import { patchTickets } from '../api/resources';
import type { Ticket, TicketPatch, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { PluginSlot } from '../plugins/slot';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { FieldFault, FormError, useServerForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { MarkdownNote } from '../ui/markdown';
import { Time } from '../ui/time';
import { ConflictPanel } from './conflict';
import { CustomFields } from './custom';
import { saveTicket, type Conflict } from './edit';
import { mayChangeTicket } from './own';
import { assigneeOptions, priorityOptions, stateOptions } from './options';
import { Picker } from './picker';

interface Props {
  /** Of the headings of its parts: one below the ticket's. */
  heading: 'h2' | 'h3';
  ticket: Ticket;
  states: readonly TicketState[];
  users: readonly User[];
}

type Save = (base: Ticket, patch: TicketPatch) => Promise<void>;

interface TextProps {
  ticket: Ticket;
  field: 'title' | 'description';
  multiline?: boolean;
  disabled: boolean;
  save: Save;
  label: string;
  empty: string;
}

function Editing(props: TextProps & { base: Ticket; onDone: () => void }) {
  const { base, field, multiline = false, onDone } = props;
  const of = useServerForm({
    start: { [field]: base[field] } as Record<string, string>,
    rules: { [field]: patchTickets[field] },
    body: ({ [field]: text = '' }): TicketPatch => ({
      [field]: field === 'title' ? text.trim() : text,
    }),
    send: async (patch) => {
      if (patch[field] !== base[field]) await props.save(base, patch);
    },
    onDone,
  });
  const id = useId();
  const { field: input } = useController({ name: field, control: of.form.control });
  const fault = of.fault(field);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Escape') {
      e.preventDefault();
      e.stopPropagation();
      onDone();
    } else if (e.key === 'Enter' && (!multiline || e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      void of.submit();
    }
  };
  return (
    <div className={`editing editing-${field}`}>
      <InputBase
        autoFocus
        fullWidth
        multiline={multiline}
        minRows={multiline ? 4 : undefined}
        value={input.value}
        inputRef={input.ref}
        disabled={of.busy}
        onChange={input.onChange}
        onKeyDown={onKeyDown}
        inputProps={{
          'aria-label': props.label,
          'aria-invalid': fault !== undefined,
          'aria-describedby': id,
        }}
      />
      <FieldFault id={id} text={fault} />
      <FormError of={of} />
      <div className="editing-buttons">
        <Button variant="contained" onClick={() => void of.submit()} loading={of.busy}>
          {texts.save}
        </Button>
        <Button color="inherit" onClick={onDone} disabled={of.busy}>
          {texts.cancel}
        </Button>
      </div>
    </div>
  );
}

/** A text that becomes an input when clicked. What it is based on is kept from the first key on, so
 * that a change by somebody else meanwhile is noticed and not overwritten. */
function EditableText(props: TextProps) {
  const { ticket, field } = props;
  const [base, setBase] = useState<Ticket | null>(null);
  const shown = useRef<HTMLButtonElement>(null);
  const begin = () => !props.disabled && setBase(ticket);
  const stop = () => {
    setBase(null);
    requestAnimationFrame(() => shown.current?.focus());
  };
  if (base) return <Editing {...props} base={base} onDone={stop} />;
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the text stays one that can be selected; the button is for those without a pointer
    <div
      className={`editable editable-${field}`}
      data-editable={!props.disabled}
      onClick={(e) => {
        const isLink = (e.target as HTMLElement).closest('a') !== null;
        if (!isLink && window.getSelection()?.isCollapsed !== false) begin();
      }}
    >
      {!ticket[field] ? (
        <span className="soft">{props.empty}</span>
      ) : props.multiline ? (
        <MarkdownNote text={ticket[field]} />
      ) : (
        ticket[field]
      )}
      {!props.disabled && (
        <IconButton
          ref={shown}
          size="small"
          className="editable-button"
          aria-label={texts.tickets.edit[field]}
        >
          <Icon name="edit" size={14} />
        </IconButton>
      )}
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

export function Details({ heading: Heading, ticket, states, users }: Props) {
  const me = useMe();
  const [conflict, setConflict] = useState<Conflict | null>(null);
  // What is shown at once while the server is being asked.
  const [pending, setPending] = useState<TicketPatch>({});
  const shown = { ...ticket, ...pending };
  const closed = states.find((s) => s.key === ticket.state)?.category === 'closed';
  const readOnly = !mayChangeTicket(me, ticket);
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
        return;
      }
      setQueryData<Ticket>(`ticket/${ticket.id}`, (old) =>
        old && old.version > result.ticket.version ? old : result.ticket,
      );
      invalidate(`history/${ticket.id}`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) invalidate(`ticket/${ticket.id}`);
      throw error;
    } finally {
      if (alive.current) setPending({});
    }
  };
  const saveOrSay = (base: Ticket, patch: TicketPatch) =>
    void save(base, patch).catch((error: ApiError) =>
      toast({ title: texts.tickets.notSaved, message: error.message, tone: 'error' }),
    );
  const set = (patch: TicketPatch) => saveOrSay(ticket, patch);
  return (
    <div className="details">
      {conflict && (
        <ConflictPanel
          heading={Heading}
          conflict={conflict}
          states={states}
          users={users}
          onMine={() => {
            const { latest, patch } = conflict;
            setConflict(null);
            saveOrSay(latest, patch);
          }}
          onTheirs={() => setConflict(null)}
        />
      )}
      <EditableText
        ticket={shown}
        field="title"
        disabled={readOnly || closed}
        save={save}
        label={texts.tickets.titleField}
        empty={texts.tickets.untitled}
      />
      <dl className="fields">
        <Field label={texts.tickets.state}>
          <Choice
            look="field"
            label={texts.tickets.state}
            value={shown.state}
            options={stateOptions(states)}
            disabled={readOnly}
            onChange={(state) => set({ state })}
          />
        </Field>
        <Field label={texts.tickets.priority}>
          <Choice
            look="field"
            label={texts.tickets.priority}
            value={shown.priority}
            options={priorityOptions()}
            disabled={readOnly || closed}
            onChange={(priority) => set({ priority })}
          />
        </Field>
        <Field label={texts.tickets.assignee}>
          <Picker
            look="field"
            label={texts.tickets.assignee}
            value={[shown.assigneeId ?? '']}
            none={texts.tickets.nobody}
            options={assigneeOptions(users, me.id, {
              id: ticket.assigneeId,
              name: ticket.assigneeName,
            })}
            disabled={readOnly || closed}
            onChange={([id]) => set({ assigneeId: id || null })}
          />
        </Field>
      </dl>
      <CustomFields ticket={shown as Ticket} users={users} disabled={readOnly || closed} />
      {closed && <p className="details-note">{texts.tickets.closedNote}</p>}
      <Heading>{texts.tickets.description}</Heading>
      <EditableText
        ticket={shown}
        field="description"
        multiline
        disabled={readOnly || closed}
        save={save}
        label={texts.tickets.description}
        empty={texts.tickets.noDescription}
      />
      <PluginSlot id="ticket.details" slotProps={{ ticketId: ticket.id, technicianId: me.id }} />
      <p className="details-foot">
        {texts.tickets.openedBy({ name: ticket.createdByName })} <Time iso={ticket.createdAt} ago />
        {' · '}
        {texts.tickets.updated} <Time iso={ticket.updatedAt} ago />
        {ticket.closedAt && (
          <>
            {' · '}
            {texts.tickets.closedAt} <Time iso={ticket.closedAt} ago />
          </>
        )}
      </p>
    </div>
  );
}
