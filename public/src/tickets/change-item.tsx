/** One change of a ticket in its stream. */
import type { HistoryEntry, TicketState, User } from '../api/types';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { Avatar } from '../ui/avatar';
import { Time } from '../ui/time';
import { customText } from './custom-cell';
import { fieldName, valueName } from './changes';
import { useCustomFields } from './data';

/** Long texts are not repeated in full: that they changed is the news. */
const LONG = 80;

/** The first entry is the ticket's coming to be: all its fields, from nothing. */
const isOpening = (entry: HistoryEntry) => entry.changes.title?.[0] === null;

/** Of the company's own fields each is a change of its own. */
const CUSTOM = 'custom/';
function parts([name, [before, after]]: [string, unknown[]]): [string, unknown[]][] {
  if (name !== 'custom') return [[name, [before, after]]];
  const was = (before ?? {}) as Record<string, unknown>;
  const is = (after ?? {}) as Record<string, unknown>;
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((key) => [
    CUSTOM + key,
    [was[key], is[key]],
  ]);
}

export function ChangeItem(props: {
  entry: HistoryEntry;
  states: readonly TicketState[];
  users: readonly User[];
}) {
  const { entry } = props;
  const custom = useCustomFields();
  const changes = isOpening(entry) ? [] : Object.entries(entry.changes).flatMap(parts);
  const fieldOf = (name: string) =>
    name.startsWith(CUSTOM) ? custom.find((f) => f.key === name.slice(CUSTOM.length)) : undefined;
  const nameOf = (name: string) => fieldOf(name)?.label ?? fieldName(name.replace(CUSTOM, ''));
  const say = (name: string, value: unknown) =>
    name.startsWith(CUSTOM)
      ? customText(fieldOf(name), value, props.users)
      : valueName(name, value, props);
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
          if (field === 'attachment')
            return (
              <p key={field} className="history-change">
                {after
                  ? ticketTexts.stream.fileAdded({ name: String(after) })
                  : ticketTexts.stream.fileDeleted({ name: String(before) })}
              </p>
            );
          const from = say(field, before);
          const to = say(field, after);
          return (
            <p key={field} className="history-change">
              {field === 'description' || from.length + to.length > LONG ? (
                texts.tickets.changedLong({ field: nameOf(field) })
              ) : (
                <>
                  {nameOf(field)}: <span className="soft">{from}</span>
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
