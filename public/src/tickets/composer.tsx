/** Where one writes a comment: at the end of the stream, on a phone at the lower edge of the screen. */
import Button from '@mui/material/Button';
import type { FormEvent } from 'react';
import { useController } from 'react-hook-form';
import { api } from '../api/client';
import { postTicketsComments } from '../api/resources';
import type { Comment, User } from '../api/types';
import { useMe } from '../auth/session';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { FormError, useServerForm } from '../ui/form';
import { putComment } from './comments';
import { toStored } from './mention';
import { MentionField, type Written } from './mention-field';

const BLANK: Written = { text: '', picks: new Map() };

/** What was typed and not sent yet survives switching tabs and tickets; by person and ticket. */
const drafts = new Map<string, Written>();

export function Composer({ ticketId, users }: { ticketId: string; users: readonly User[] }) {
  const draft = `${useMe().id}/${ticketId}`;
  const of = useServerForm({
    start: { body: drafts.get(draft) ?? BLANK },
    rules: postTicketsComments,
    body: ({ body }) => ({ body: toStored(body.text.trim(), body.picks) }),
    send: (body) =>
      api.post<Comment>(`/api/tickets/${encodeURIComponent(ticketId)}/comments`, body),
    onDone: (comment) => {
      write(BLANK);
      of.form.clearErrors();
      putComment(comment);
    },
  });
  const { field } = useController({ name: 'body', control: of.form.control });
  const isBlank = !field.value.text.trim();
  const write = (value: Written) => {
    field.onChange(value);
    if (value.text) drafts.set(draft, value);
    else drafts.delete(draft);
  };
  const send = (e?: FormEvent) => {
    e?.preventDefault();
    if (!isBlank) void of.submit();
  };
  return (
    <form className="comment-form" onSubmit={send}>
      <MentionField
        value={field.value}
        fault={of.fault('body')}
        focus={field.ref}
        onChange={write}
        users={users}
        label={texts.tickets.writeComment}
        placeholder={texts.tickets.writeComment}
        minRows={2}
        onSend={send}
        onEscape={(e) => {
          // It leaves the field; the ticket stays open.
          e.stopPropagation();
          (e.target as HTMLElement).blur();
        }}
      />
      <FormError of={of} />
      <div className="comment-send">
        <span className="soft comment-hint">{ticketTexts.mention.hint}</span>
        <span className="spacer" />
        <span className="soft comment-hint">{texts.tickets.ctrlEnter}</span>
        <Button type="submit" variant="contained" loading={of.busy} disabled={isBlank}>
          {texts.tickets.comment}
        </Button>
      </div>
    </form>
  );
}
