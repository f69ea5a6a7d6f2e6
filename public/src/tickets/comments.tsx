import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useEffect, useRef, useState } from 'react';
import { api, type ApiError } from '../api/client';
import { setQueryData, type Query } from '../api/query';
import type { Comment, Items } from '../api/types';
import { may, useMe } from '../auth/session';
import { T } from '../text';
import { Bars, ErrorLine, ErrorState } from '../ui/states';
import { CommentItem, DeletedComment, useDeletion } from './comment-item';

/** What was typed and not sent yet survives switching tabs and tickets; by person and ticket. */
const drafts = new Map<string, string>();

function Write({ ticketId }: { ticketId: string }) {
  const draft = `${useMe().id}/${ticketId}`;
  const [text, setText] = useState(drafts.get(draft) ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const write = (value: string) => {
    setText(value);
    drafts.set(draft, value);
  };
  const send = async () => {
    if (busy || !text.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const comment = await api.post<Comment>(
        `/api/tickets/${encodeURIComponent(ticketId)}/comments`,
        { body: text.trim() },
      );
      write('');
      setQueryData<Items<Comment>>(`comments/${ticketId}`, (old) => {
        const items = old?.items ?? [];
        return { items: items.some((c) => c.id === comment.id) ? items : [...items, comment] };
      });
    } catch (caught) {
      setError(caught as ApiError);
    }
    setBusy(false);
  };
  return (
    <form
      className="comment-form"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <TextField
        multiline
        minRows={2}
        maxRows={10}
        value={text}
        placeholder={T.tickets.writeComment}
        onChange={(e) => write(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') (e.target as HTMLElement).blur();
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            void send();
          }
        }}
        slotProps={{ htmlInput: { 'aria-label': T.tickets.writeComment } }}
      />
      <ErrorLine error={error} />
      <div className="comment-send">
        <span className="soft">{T.tickets.ctrlEnter}</span>
        <Button type="submit" variant="contained" loading={busy} disabled={!text.trim()}>
          {T.tickets.comment}
        </Button>
      </div>
    </form>
  );
}

export function Comments({ ticketId, query }: { ticketId: string; query: Query<Items<Comment>> }) {
  const me = useMe();
  const { data, error, refresh } = query;
  const end = useRef<HTMLDivElement>(null);
  const count = data?.items.length ?? 0;
  const shown = useRef(0);
  useEffect(() => {
    if (shown.current && count > shown.current) end.current?.scrollIntoView({ block: 'nearest' });
    shown.current = count;
  }, [count]);
  const { gone, remove, restore } = useDeletion(ticketId);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={5} label={T.loading} />;
  // One that somebody has restored meanwhile is in the list again.
  const deleted = [...gone.values()].filter((c) => !data.items.some((x) => x.id === c.id));
  const all = [...data.items, ...deleted].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  return (
    <div className="comments">
      {all.length === 0 && <p className="soft comments-none">{T.tickets.noComments}</p>}
      <ol aria-live="polite" aria-relevant="additions">
        {all.map((c) =>
          deleted.includes(c) ? (
            <DeletedComment key={c.id} comment={c} onUndo={() => void restore(c)} />
          ) : (
            <CommentItem key={c.id} comment={c} onDelete={() => void remove(c)} />
          ),
        )}
      </ol>
      <div ref={end} />
      {may(me, 'tickets:write') && <Write ticketId={ticketId} />}
    </div>
  );
}
