/** What happened to a ticket, in one line of time: comments and changes, and the place to write at its end. */
import Button from '@mui/material/Button';
import { useEffect, useRef } from 'react';
import type { Comment, HistoryEntry, Ticket, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate, withParams } from '../router/router';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { Bars, ErrorState } from '../ui/states';
import { CommentItem, DeletedComment, useDeletion } from './comment-item';
import type { Comments } from './comments';
import { Composer } from './composer';
import { useHistory } from './data';
import { ChangeItem } from './change-item';
import { mayChangeTicket, useMentionable } from './own';

/** What of it is shown, by its name in the address (?tab=), where these were tabs once. */
export const SHOWN = ['details', 'comments', 'history'] as const;
export type Shown = (typeof SHOWN)[number];

type Entry = { at: string } & ({ comment: Comment; gone: boolean } | { change: HistoryEntry });

function inOrder(
  comments: readonly Comment[],
  gone: readonly Comment[],
  changes: readonly HistoryEntry[],
): Entry[] {
  return [
    ...changes.map((change) => ({ at: change.at, change })),
    ...comments.map((comment) => ({ at: comment.createdAt, comment, gone: false })),
    ...gone.map((comment) => ({ at: comment.createdAt, comment, gone: true })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function Filter({ shown }: { shown: Shown }) {
  const { show, all, comments, changes } = ticketTexts.stream;
  const labels: Record<Shown, string> = { details: all, comments, history: changes };
  return (
    <div className="stream-filter" role="group" aria-label={show}>
      {SHOWN.map((s) => (
        <button
          key={s}
          type="button"
          className="filter-chip"
          aria-pressed={s === shown}
          onClick={() =>
            navigate(withParams({ tab: s === 'details' ? null : s }), { replace: true })
          }
        >
          {labels[s]}
        </button>
      ))}
    </div>
  );
}

export function Stream(props: {
  heading: 'h2' | 'h3';
  ticket: Ticket;
  shown: Shown;
  comments: Comments;
  states: readonly TicketState[];
  users: readonly User[];
}) {
  const { heading: Heading, ticket, shown, comments, users } = props;
  const ticketId = ticket.id;
  const me = useMe();
  const mentionable = useMentionable(ticketId, users);
  const history = useHistory(ticketId);
  const { gone, remove, restore } = useDeletion();
  const list = useRef<HTMLOListElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const known = comments.items;
  const newest = known.at(-1)?.createdAt ?? '';
  const before = useRef('');
  // One's own comment, and one that comes while the stream is read, is brought into sight.
  useEffect(() => {
    if (before.current && newest > before.current)
      end.current?.scrollIntoView({ block: 'nearest' });
    before.current = newest;
  }, [newest]);

  const failed = [
    { error: comments.error, data: !comments.loading },
    { error: history.error, data: history.data },
  ].find((q) => q.error && !q.data);
  const loading = comments.loading || !history.data;
  // One that somebody has restored meanwhile is in the list again.
  const deleted = [...gone.values()].filter((c) => !known.some((x) => x.id === c.id));
  const changes = shown === 'comments' ? [] : (history.data?.items ?? []);
  const hidden = shown !== 'history' && comments.hasEarlier;
  const oldest = known[0]?.createdAt ?? '';
  const entries = inOrder(
    shown === 'history' ? [] : known,
    shown === 'history' ? [] : deleted,
    // What lies between comments that aren't there yet comes with them.
    hidden ? changes.filter((c) => c.at >= oldest) : changes,
  );
  const showEarlier = async () => {
    const { hasEarlier } = await comments.loadEarlier();
    // The button is gone: the keyboard goes on in the list.
    if (!hasEarlier) list.current?.focus({ preventScroll: true });
  };
  return (
    <section className="stream" aria-labelledby="stream-title">
      <div className="stream-head">
        <Heading id="stream-title">{ticketTexts.stream.title}</Heading>
        <Filter shown={shown} />
      </div>
      {failed?.error ? (
        <ErrorState
          error={failed.error}
          onRetry={() => {
            comments.refresh();
            history.refresh();
          }}
        />
      ) : loading ? (
        <Bars rows={5} label={texts.loading} />
      ) : (
        <>
          {entries.length === 0 && <p className="soft stream-none">{ticketTexts.stream.none}</p>}
          {hidden && (
            <p className="stream-earlier">
              <Button
                color="inherit"
                size="small"
                loading={comments.loadingEarlier}
                onClick={() => void showEarlier()}
              >
                {ticketTexts.stream.earlier}
              </Button>
            </p>
          )}
          <ol
            ref={list}
            tabIndex={-1}
            className="comments"
            aria-live="polite"
            aria-relevant="additions"
          >
            {entries.map((e) =>
              'change' in e ? (
                <ChangeItem
                  key={e.change.id}
                  entry={e.change}
                  states={props.states}
                  users={users}
                />
              ) : e.gone ? (
                <DeletedComment
                  key={e.comment.id}
                  comment={e.comment}
                  onUndo={() => void restore(e.comment)}
                />
              ) : (
                <CommentItem
                  key={e.comment.id}
                  comment={e.comment}
                  mine={mayChangeTicket(me, ticket)}
                  users={mentionable}
                  onDelete={() => void remove(e.comment)}
                />
              ),
            )}
          </ol>
        </>
      )}
      <div ref={end} />
      {mayChangeTicket(me, ticket) && shown !== 'history' && (
        <Composer ticketId={ticketId} users={mentionable} />
      )}
    </section>
  );
}
