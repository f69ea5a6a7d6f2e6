/** A notification to everybody on this server, whichever company they are of. */
import { api } from '../api/client';
import { postNotificationsEveryone } from '../api/resources';
import { texts } from '../text';
import { systemTexts } from '../text/system';
import { toast } from '../toasts/store';
import { ChoiceInput, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';

export function Announce({ onClose }: { onClose: () => void }) {
  const t = systemTexts.announce;
  const of = useServerForm({
    start: { title: '', message: '', priority: 'normal' },
    rules: postNotificationsEveryone,
    body: ({ title, message, priority }) => ({
      title: title.trim(),
      message: message.trim(),
      priority,
    }),
    send: (body) => api.post<{ sentCount: number }>('/api/notifications/everyone', body),
    onDone: ({ sentCount }) => {
      toast({ title: t.sent({ n: sentCount }), tone: 'success' });
      onClose();
    },
  });
  const field = { of, fullWidth: true, margin: 'dense' } as const;
  return (
    <FormDialog title={t.title} submit={t.send} of={of} onClose={onClose}>
      <p className="dialog-text">{t.text}</p>
      <TextInput {...field} name="title" label={t.heading} autoFocus />
      <TextInput {...field} name="message" label={t.message} multiline minRows={3} />
      <ChoiceInput
        of={of}
        name="priority"
        label={t.priority}
        keepLabel
        options={postNotificationsEveryone.priority.oneOf.map((p) => ({
          value: p,
          label: texts.priority[p],
        }))}
      />
    </FormDialog>
  );
}
