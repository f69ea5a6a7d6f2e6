/** What can be done with the tickets that are selected; below the list, fetched when the first one is. */
import { useEffect, useState } from 'react';
import { invalidate, setQueryData } from '../api/query';
import type { Ticket, TicketPatch, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { usePluginModals } from '../plugins/modals';
import { PluginSlot } from '../plugins/slot';
import { formatList, texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { changeAll, undoing, type BulkItem, type Outcome } from './bulk';
import { assigneeOptions, priorityOptions, stateOptions } from './options';
import { Picker } from './picker';

const REASONS_MAX = 5;

/** The list and the open ticket have what was answered at once. */
function keep({ changed }: Outcome, onChanged: (tickets: Ticket[]) => void): void {
  const tickets = changed.map((c) => c.after);
  for (const t of tickets) setQueryData<Ticket>(`ticket/${t.id}`, t);
  onChanged(tickets);
}

function tellRefused({ refused }: Outcome, title: (values: { n: number }) => string): void {
  if (refused.length === 0) return;
  const lines = refused.slice(0, REASONS_MAX).map((r) => `#${r.ticket.number}: ${r.reason}`);
  const more = refused.slice(REASONS_MAX).map((r) => `#${r.ticket.number}`);
  toast({
    title: title({ n: refused.length }),
    message: [...lines, more.length ? formatList(more, 'conjunction') : '']
      .filter(Boolean)
      .join('\n'),
    tone: 'warning',
    stay: 'until-dismissed',
  });
}

export default function BulkBar(props: {
  tickets: readonly Ticket[];
  states: readonly TicketState[];
  users: readonly User[];
  /** What stays selected: those that were refused. */
  onDone: (left: readonly string[]) => void;
  onChanged: (tickets: Ticket[]) => void;
}) {
  const { tickets, onChanged } = props;
  const { bulk } = ticketTexts;
  const me = useMe();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const n = tickets.length;
  useEffect(() => setSaid(bulk.selected({ n })), [bulk, n]);

  const modals = usePluginModals();
  const plugins = {
    slotProps: {
      ticketIds: tickets.map((t) => t.id),
      onDone: () => {
        invalidate('ticket');
        props.onDone([]);
      },
    },
    modals,
  };

  const undo = async (items: BulkItem[]) => {
    const outcome = await changeAll(items);
    keep(outcome, onChanged);
    if (outcome.changed.length)
      toast({ title: bulk.undone({ n: outcome.changed.length }), tone: 'success' });
    tellRefused(outcome, bulk.notUndone);
  };
  const apply = async (change: TicketPatch) => {
    setBusy(true);
    const outcome = await changeAll(tickets.map((ticket) => ({ ticket, change })));
    setBusy(false);
    keep(outcome, onChanged);
    const back = undoing(outcome);
    if (outcome.changed.length)
      toast({
        title: bulk.changed({ n: outcome.changed.length }),
        tone: 'success',
        tag: 'bulk',
        stay: 'until-dismissed',
        ...(back.length > 0 && { action: { label: bulk.undo, run: () => void undo(back) } }),
      });
    tellRefused(outcome, bulk.unchanged);
    props.onDone(outcome.refused.map((r) => r.ticket.id));
  };
  return (
    <div className="bulk-bar" role="group" aria-label={bulk.bar} aria-busy={busy}>
      <span role="status" className="number">
        {busy ? bulk.changing({ n }) : said}
      </span>
      <Choice
        label={texts.tickets.state}
        value=""
        options={stateOptions(props.states)}
        disabled={busy}
        onChange={(state) => void apply({ state })}
      />
      <Picker
        label={texts.tickets.assignee}
        value={[]}
        none=""
        options={assigneeOptions(props.users, me.id)}
        disabled={busy}
        onChange={([id]) => void apply({ assigneeId: id || null })}
      />
      <Choice
        label={texts.tickets.priority}
        value=""
        options={priorityOptions() as { value: string; label: string }[]}
        disabled={busy}
        onChange={(priority) => void apply({ priority: priority as Ticket['priority'] })}
      />
      <PluginSlot id="tickets.bulk" renderType="button" {...plugins} />
      <PluginSlot id="tickets.bulk" renderType="modal" {...plugins} />
      <span className="spacer" />
      <Button disabled={busy} onClick={() => props.onDone([])}>
        {bulk.clear}
      </Button>
    </div>
  );
}
