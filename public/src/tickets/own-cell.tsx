/** A cell of a column that isn't built in. */
import type { Ticket } from '../api/types';
import { PluginSlot } from '../plugins/slot';
import { ticketIds, type ListColumn } from './columns';
import { CustomCell } from './custom-cell';
import './own-cell.css';

export default function OwnCell({ of, ticket }: { of: ListColumn['of']; ticket: Ticket }) {
  if ('field' in of) return <CustomCell field={of.field} value={ticket.custom[of.field.key]} />;
  return (
    <span className="cell-plugin">
      <PluginSlot
        id="tickets.columns"
        place={of.place.id}
        slotProps={{ ticketId: ticket.id, ticketIds }}
      />
    </span>
  );
}
