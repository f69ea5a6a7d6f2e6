/** One change of a ticket in its stream. */
import type { HistoryEntry, TicketState, User } from '../api/types';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { Avatar } from '../ui/avatar';
import { Time } from '../ui/time';
import { fieldName, valueName } from './changes';

/** Long texts are not repeated in full: that they changed is the news. */
const LONG = 80;

/** The first entry is the ticket's coming to be: all its fields, from nothing. */
const isOpening = (entry: HistoryEntry) => entry.changes.title?.[0] === null;

export function ChangeItem(props: {
  entry: HistoryEntry;
  states: readonly TicketState[];
  users: readonly User[];
}) {
  const { entry } = props;
  const say = (field: string, value: unknown) => valueName(field, value, props);
  const changes = isOpening(entry) ? [] : Object.entries(entry.changes);
  return (
    <li className="history">
      <Avatar name={entry.userName} id={entry.userId} />
      <div>
        <p>
          <strong>{entry.userName}</strong>{' '}
          {isOpening(entry) && <span>{ticketTexts.stream.opened}</span>}{' '}
          <Time iso={entry.at} className="soft" ago />
        </p>
        {changes.map(([field, [before, after]]) => {
          if (field === 'reason')
            return (
              <p key={field} className="soft">
                {after === 'removed' ? ticketTexts.stream.removed : ticketTexts.stream.deactivated}
              </p>
            );
          const from = say(field, before);
          const to = say(field, after);
          return (
            <p key={field} className="history-change">
              {field === 'description' || from.length + to.length > LONG ? (
                texts.tickets.changedLong({ field: fieldName(field) })
              ) : (
                <>
                  {fieldName(field)}: <span className="soft">{from}</span>
                  <span aria-label={texts.tickets.becomes} role="img">
                    {' → '}
                  </span>
                  <span>{to}</span>
                </>
              )}
            </p>
          );
        })}
      </div>
    </li>
  );
}
