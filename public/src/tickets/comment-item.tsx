/** One comment: its author and administrators may change it or delete it; what it said before stays readable. */
import Button from '@mui/material/Button';
import InputBase from '@mui/material/InputBase';
import { useState } from 'react';
import { ApiError, api, request } from '../api/client';
import { setQueryData, useQuery } from '../api/query';
import type { Comment, HistoryEntry, Items } from '../api/types';
import { useMe } from '../auth/session';
import { ActionMenu } from '../plugins/card';
import { T } from '../text';
import { toast } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { Bars, ErrorLine, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const pathOf = (c: Comment) => `/api/comments/${encodeURIComponent(c.id)}`;

/** The server decides again; this is for what is offered. */
export function mayChange(
  me: { id: string; roles: readonly string[]; permissions: string[] },
  comment: Pick<Comment, 'authorId'>,
): boolean {
  const isAdmin = me.roles.includes('Admin') || me.roles.includes('SystemAdmin');
  return me.permissions.includes('tickets:write') && (isAdmin || comment.authorId === me.id);
}

function put(comment: Comment): void {
  setQueryData<Items<Comment>>(`comments/${comment.ticketId}`, (old) => ({
    items: (old?.items ?? []).map((c) => (c.id === comment.id ? comment : c)),
  }));
}

function Editor({ comment, onDone }: { comment: Comment; onDone: () => void }) {
  // What the text is based on: a change by somebody else is shown before it can be overwritten.
  const [base, setBase] = useState(comment);
  const [theirs, setTheirs] = useState<Comment | null>(null);
  const [text, setText] = useState(comment.body);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const save = async () => {
    const body = text.trim();
    if (busy || !body) return;
    if (body === base.body) return onDone();
    setBusy(true);
    setError(null);
    try {
      const { data } = await request<Comment>('PATCH', pathOf(comment), {
        body: { body },
        headers: { 'If-Match': `"${base.version}"` },
      });
      put(data);
      return onDone();
    } catch (caught) {
      const problem = caught as ApiError;
      if (problem.kind === 'version-conflict')
        await api.get<Comment>(pathOf(comment)).then(
          (latest) => {
            put(latest);
            setBase(latest);
            setTheirs(latest);
          },
          () => setError(problem),
        );
      else setError(problem);
    }
    setBusy(false);
  };
  return (
    <div className="editing">
      <InputBase
        autoFocus
        fullWidth
        multiline
        minRows={2}
        value={text}
        disabled={busy}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') {
            e.stopPropagation();
            onDone();
          } else if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            void save();
          }
        }}
        inputProps={{ 'aria-label': T.tickets.comments.edit, maxLength: 10000 }}
      />
      {theirs && (
        <div role="alert" className="comment-conflict">
          <p>{T.tickets.comments.conflict}</p>
          <p className="comment-body soft">{theirs.body}</p>
        </div>
      )}
      <ErrorLine error={error} />
      <div className="editing-buttons">
        <Button
          variant="contained"
          onClick={() => void save()}
          loading={busy}
          disabled={!text.trim()}
        >
          {T.save}
        </Button>
        <Button color="inherit" onClick={onDone} disabled={busy}>
          {T.cancel}
        </Button>
      </div>
    </div>
  );
}

function Entry({ entry, first }: { entry: HistoryEntry; first: boolean }) {
  const { body, archivedAt } = entry.changes;
  const { writtenBy, editedBy, deletedBy, restoredBy } = T.tickets.comments;
  const say = first ? writtenBy : body ? editedBy : archivedAt?.[1] ? deletedBy : restoredBy;
  return (
    <li>
      <p className="soft">
        {say({ name: entry.userName })} <Time iso={entry.at} ago />
      </p>
      {typeof body?.[0] === 'string' && (
        <p className="comment-body">
          <span className="visually-hidden">{T.tickets.comments.before}: </span>
          <del>{body[0]}</del>
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
  if (!data) return <Bars rows={2} label={T.loading} />;
  return (
    <ol className="comment-versions" aria-label={T.tickets.comments.versions}>
      {data.items.map((entry, i) => (
        <Entry key={entry.id} entry={entry} first={i === 0} />
      ))}
    </ol>
  );
}

export function CommentItem({ comment, onDelete }: { comment: Comment; onDelete: () => void }) {
  const me = useMe();
  const [editing, setEditing] = useState(false);
  const [shown, setShown] = useState(false);
  return (
    <li>
      <Avatar name={comment.authorName} />
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
              {T.tickets.comments.changed}
            </button>
          )}
          <span className="spacer" />
          {mayChange(me, comment) && !editing && (
            <ActionMenu
              label={T.tickets.comments.actions({ author: comment.authorName })}
              actions={[
                { label: T.tickets.comments.edit, run: () => setEditing(true) },
                { label: T.tickets.comments.delete, danger: true, run: onDelete },
              ]}
            />
          )}
        </div>
        {editing ? (
          <Editor comment={comment} onDone={() => setEditing(false)} />
        ) : (
          <p className="comment-body">{comment.body}</p>
        )}
        {shown && <Versions comment={comment} />}
      </div>
    </li>
  );
}

/** In the place of one that was deleted here, as long as the tab is open. */
export function DeletedComment({ comment, onUndo }: { comment: Comment; onUndo: () => void }) {
  return (
    <li className="comment-gone">
      <Avatar name={comment.authorName} />
      <p role="status" className="soft">
        {T.tickets.comments.gone}{' '}
        <Button size="small" autoFocus onClick={onUndo}>
          {T.tickets.comments.undo}
        </Button>
      </p>
    </li>
  );
}

/** Deleting can be taken back, so nobody is asked before. */
export function useDeletion(ticketId: string) {
  const [gone, setGone] = useState<ReadonlyMap<string, Comment>>(new Map());
  const key = `comments/${ticketId}`;
  const attempt = async (title: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      toast({ title, message: (error as ApiError).message, tone: 'error' });
    }
  };
  const remove = (comment: Comment) =>
    attempt(T.tickets.comments.notDeleted, async () => {
      await api.del(pathOf(comment));
      setGone((old) => new Map(old).set(comment.id, comment));
      setQueryData<Items<Comment>>(key, (old) => ({
        items: (old?.items ?? []).filter((c) => c.id !== comment.id),
      }));
    });
  const restore = (comment: Comment) =>
    attempt(T.tickets.comments.notRestored, async () => {
      const back = await api.post<Comment>(`${pathOf(comment)}/restore`, {});
      setGone((old) => new Map([...old].filter(([id]) => id !== comment.id)));
      setQueryData<Items<Comment>>(key, (old) => ({
        items: [...(old?.items ?? []).filter((c) => c.id !== back.id), back].sort((a, b) =>
          a.createdAt < b.createdAt ? -1 : 1,
        ),
      }));
    });
  return { gone, remove, restore };
}
