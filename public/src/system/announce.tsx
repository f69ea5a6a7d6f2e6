/** A notification to everybody on this server, of an organization or of a company. */
import { useState } from 'react';
import { api } from '../api/client';
import {
  postNotificationsEveryone,
  postNotificationsOneCompany,
  postNotificationsOrganization,
} from '../api/resources';
import { texts } from '../text';
import { systemTexts } from '../text/system';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { ChoiceInput, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { OrganizationInput } from './organization';

const ROUTES = {
  everyone: { path: 'everyone', rules: postNotificationsEveryone },
  organization: { path: 'organization', rules: postNotificationsOrganization },
  company: { path: 'one-company', rules: postNotificationsOneCompany },
} as const;
type Audience = keyof typeof ROUTES;
const AUDIENCES = Object.keys(ROUTES) as Audience[];

export function Announce({ onClose }: { onClose: () => void }) {
  const t = systemTexts.announce;
  const [to, setTo] = useState<Audience>('everyone');
  const { path, rules } = ROUTES[to];
  const of = useServerForm({
    start: { organization: '', company: '', title: '', message: '', priority: 'normal' },
    rules,
    body: ({ title, message, priority, organization, company }) => ({
      title: title.trim(),
      message: message.trim(),
      priority,
      ...(to === 'organization' && { organization: organization.trim() }),
      ...(to === 'company' && { company: company.trim().toLowerCase() }),
    }),
    send: (body) => api.post<{ sentCount: number }>(`/api/notifications/${path}`, body),
    onDone: ({ sentCount }) => {
      toast({ title: t.sent({ n: sentCount }), tone: 'success' });
      onClose();
    },
  });
  const field = { of, fullWidth: true, margin: 'dense' } as const;
  return (
    <FormDialog title={t.title} submit={t.send} of={of} onClose={onClose}>
      <p className="dialog-text">{t.text}</p>
      <Choice
        label={t.to}
        keepLabel
        value={to}
        options={AUDIENCES.map((value) => ({ value, label: t[value] }))}
        onChange={setTo}
      />
      {to === 'organization' && (
        <OrganizationInput of={of as never} label={systemTexts.organization.name} makes={false} />
      )}
      {to === 'company' && (
        <TextInput {...field} name="company" label={t.code} autoComplete="off" />
      )}
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
