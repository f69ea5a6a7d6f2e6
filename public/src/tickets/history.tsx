import type { HistoryEntry, TicketState, User } from '../api/types';
import { T } from '../text';
import { Avatar } from '../ui/avatar';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { fieldName, valueName } from './changes';
import { useHistory } from './data';

/** Long texts are not repeated in full: that they changed is the news. */
const LONG = 80;

/** The first entry is the ticket's coming to be: all its fields, from nothing. */
const isOpening = (entry: HistoryEntry) => entry.changes.title?.[0] === null;
const changesOf = (entry: HistoryEntry) => (isOpening(entry) ? [] : Object.entries(entry.changes));

export function History(props: {
  ticketId: string;
  states: readonly TicketState[];
  users: readonly User[];
}) {
  const { data, error, refresh } = useHistory(props.ticketId);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={5} label={T.loading} />;
  if (data.items.length === 0)
    return <Empty icon="refresh" title={T.tickets.noHistory} text={T.tickets.noHistoryText} />;
  const say = (field: string, value: unknown) => valueName(field, value, props);
  return (
    <ol className="history">
      {data.items.map((entry) => (
        <li key={entry.id}>
          <Avatar name={entry.userName} />
          <div>
            <p>
              <strong>{entry.userName}</strong> <Time iso={entry.at} className="soft" ago />
            </p>
            {isOpening(entry) && <p>{T.tickets.openedIt}</p>}
            {changesOf(entry).map(([field, [before, after]]) => {
              const from = say(field, before);
              const to = say(field, after);
              return (
                <p key={field} className="history-change">
                  {field === 'description' || from.length + to.length > LONG ? (
                    T.tickets.changedLong({ field: fieldName(field) })
                  ) : (
                    <>
                      {fieldName(field)}: <span className="soft">{from}</span>
                      <span aria-label={T.tickets.becomes}> → </span>
                      <span>{to}</span>
                    </>
                  )}
                </p>
              );
            })}
          </div>
        </li>
      ))}
    </ol>
  );
}
