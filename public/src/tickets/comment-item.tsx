/** One comment: its author and administrators may change it or delete it; what it said before stays readable. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useController } from 'react-hook-form';
import { api, type ApiError } from '../api/client';
import { patchComments } from '../api/resources';
import { useQuery } from '../api/query';
import type { Comment, HistoryEntry, Items, User } from '../api/types';
import { useMe } from '../auth/session';
import { ActionMenu } from '../plugins/card';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { MarkdownNote } from '../ui/markdown';
import { FormError, useServerForm } from '../ui/form';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { dropComment, putComment } from './comments';
import { toStored, toWritten } from './mention';
import { MentionField } from './mention-field';

const pathOf = (c: Comment) => `/api/comments/${encodeURIComponent(c.id)}`;

/** The server decides again; this is for what is offered. */
export function mayChange(
  me: { id: string; permissions: readonly string[] },
  comment: Pick<Comment, 'authorId'>,
): boolean {
  const may = (permission: string) => me.permissions.includes(permission);
  return may('tickets:write:own') && (may('company:manage') || comment.authorId === me.id);
}

function Editor(props: { comment: Comment; users: readonly User[]; onDone: () => void }) {
  const { comment, onDone } = props;
  // What the text is based on: a change by somebody else is shown before it can be overwritten.
  const [base, setBase] = useState(comment);
  const [theirs, setTheirs] = useState<Comment | null>(null);
  const of = useServerForm({
    start: { body: toWritten(comment.body) },
    rules: patchComments,
    body: ({ body }) => ({ body: toStored(body.text.trim(), body.picks) }),
    send: (body) =>
      body.body === base.body
        ? Promise.resolve(null)
        : api.patch<Comment>(pathOf(comment), body, {
            headers: { 'If-Match': `"${base.version}"` },
          }),
    onDone: (saved) => {
      if (saved) putComment(saved);
      onDone();
    },
    onFailed: (problem) => {
      if (problem.kind !== 'version-conflict') return;
      void api.get<Comment>(pathOf(comment)).then((latest) => {
        putComment(latest);
        setBase(latest);
        setTheirs(latest);
        of.fail(null);
      });
    },
  });
  const { field } = useController({ name: 'body', control: of.form.control });
  return (
    <div className="editing">
      <MentionField
        autoFocus
        minRows={2}
        value={field.value}
        onChange={field.onChange}
        fault={of.fault('body')}
        focus={field.ref}
        users={props.users}
        disabled={of.busy}
        label={texts.tickets.comments.edit}
        onSend={() => void of.submit()}
        onEscape={(e) => {
          e.stopPropagation();
          onDone();
        }}
      />
      {theirs && (
        <div role="alert" className="comment-conflict">
          <p>{texts.tickets.comments.conflict}</p>
          <div className="comment-body soft">
            <MarkdownNote text={theirs.body} />
          </div>
        </div>
      )}
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

function Entry({ entry, first }: { entry: HistoryEntry; first: boolean }) {
  const { body, archivedAt } = entry.changes;
  const { writtenBy, editedBy, deletedBy, restoredBy } = texts.tickets.comments;
  const say = first ? writtenBy : body ? editedBy : archivedAt?.[1] ? deletedBy : restoredBy;
  return (
    <li>
      <p className="soft">
        {say({ name: entry.userName })} <Time iso={entry.at} ago />
      </p>
      {typeof body?.[0] === 'string' && (
        <p className="comment-body">
          <span className="visually-hidden">{texts.tickets.comments.before}: </span>
          <del>{toWritten(body[0]).text}</del>
        </p>
      )}
    </li>
  );
}

function Versions({ comment }: { comment: Comment }) {
  const { data, error, refresh } = useQuery<Items<HistoryEntry>>(
    `comment-history/${comment.id}/${comment.version}`,
    (signal) => api.get(`${pathOf(comment)}/history`, { signal }),
  );
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  return (
    <ol className="comment-versions" aria-label={texts.tickets.comments.versions}>
      {data.items.map((entry, i) => (
        <Entry key={entry.id} entry={entry} first={i === 0} />
      ))}
    </ol>
  );
}

export function CommentItem(props: {
  comment: Comment;
  /** May this person write at the ticket? */
  mine: boolean;
  users: readonly User[];
  onDelete: () => void;
}) {
  const { comment, users, onDelete } = props;
  const me = useMe();
  const [editing, setEditing] = useState(false);
  const [shown, setShown] = useState(false);
  return (
    <li>
      <Avatar name={comment.authorName} id={comment.authorId} />
      <div>
        <div className="comment-head">
          <p>
            <strong>{comment.authorName}</strong>{' '}
            <Time iso={comment.createdAt} className="soft" ago />
          </p>
          {comment.version > 1 && (
            <button
              type="button"
              className="comment-changed"
              aria-expanded={shown}
              onClick={() => setShown(!shown)}
            >
              {texts.tickets.comments.changed}
            </button>
          )}
          <span className="spacer" />
          {props.mine && mayChange(me, comment) && !editing && (
            <ActionMenu
              label={texts.tickets.comments.actions({ author: comment.authorName })}
              actions={[
                { label: texts.tickets.comments.edit, run: () => setEditing(true) },
                { label: texts.tickets.comments.delete, danger: true, run: onDelete },
              ]}
            />
          )}
        </div>
        {editing ? (
          <Editor comment={comment} users={users} onDone={() => setEditing(false)} />
        ) : (
          <div className="comment-body">
            <MarkdownNote text={comment.body} />
          </div>
        )}
        {shown && <Versions comment={comment} />}
      </div>
    </li>
  );
}

/** In the place of one that was deleted here, as long as the ticket is open. */
export function DeletedComment({ comment, onUndo }: { comment: Comment; onUndo: () => void }) {
  return (
    <li className="comment-gone">
      <Avatar name={comment.authorName} id={comment.authorId} />
      <p role="status" className="soft">
        {texts.tickets.comments.gone}{' '}
        <Button size="small" autoFocus onClick={onUndo}>
          {texts.tickets.comments.undo}
        </Button>
      </p>
    </li>
  );
}

/** Deleting can be taken back, so nobody is asked before. */
export function useDeletion() {
  const [gone, setGone] = useState<ReadonlyMap<string, Comment>>(new Map());
  const attempt = async (title: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      toast({ title, message: (error as ApiError).message, tone: 'error' });
    }
  };
  const remove = (comment: Comment) =>
    attempt(texts.tickets.comments.notDeleted, async () => {
      await api.del(pathOf(comment));
      setGone((old) => new Map(old).set(comment.id, comment));
      dropComment(comment);
    });
  const restore = (comment: Comment) =>
    attempt(texts.tickets.comments.notRestored, async () => {
      const back = await api.post<Comment>(`${pathOf(comment)}/restore`, {});
      setGone((old) => new Map([...old].filter(([id]) => id !== comment.id)));
      putComment(back);
    });
  return { gone, remove, restore };
}
