/** What is asked before it is done to a webhook: off and on, a new secret, its end. */
import { useState } from 'react';
import { api } from '../api/client';
import type { Webhook } from '../api/resources';
import { webhookTexts } from '../text/webhooks';
import { toast } from '../toasts/store';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { forgetList, forgetWebhooks, PATH } from './data';
import { SecretShown } from './dialog';

interface Asked {
  hook: Webhook;
  onClose: () => void;
}

function RenewDialog({ hook, onClose }: Asked) {
  const t = webhookTexts;
  const { name } = hook;
  const [secret, setSecret] = useState('');
  const of = useServerForm({
    send: () => api.post<{ secret: string }>(`${PATH}/${hook.id}/secret`),
    onDone: (made) => setSecret(made.secret),
  });
  if (secret) return <SecretShown name={name} secret={secret} onClose={onClose} />;
  return (
    <FormDialog title={t.renewTitle({ name })} submit={t.renew} of={of} onClose={onClose}>
      <p className="dialog-text">{t.renewText}</p>
    </FormDialog>
  );
}

function RemoveDialog({ hook, onClose, onRemoved }: Asked & { onRemoved: () => void }) {
  const t = webhookTexts;
  const { name } = hook;
  const of = useServerForm({
    send: () => api.del(`${PATH}/${hook.id}`),
    onDone: () => {
      onRemoved();
      forgetList();
      toast({ title: t.removed({ name }), tone: 'success' });
    },
  });
  return (
    <FormDialog title={t.removeTitle({ name })} submit={t.remove} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.removeText}</p>
    </FormDialog>
  );
}

/** Switches it on or off; the dialog is for the password that may be asked for, and for what fails. */
function SwitchDialog({ hook, onClose }: Asked) {
  const t = webhookTexts;
  const { active, name, version } = hook;
  const word = active ? t.turnOff : t.turnOn;
  const of = useServerForm({
    send: () =>
      api.patch(
        `${PATH}/${hook.id}`,
        { active: !active },
        { headers: { 'If-Match': `"${version}"` } },
      ),
    onDone: () => {
      forgetWebhooks();
      onClose();
    },
  });
  return (
    <FormDialog title={t.switchTitle({ word, name })} submit={word} of={of} onClose={onClose}>
      <p className="dialog-text">{active ? t.offText : t.onText}</p>
    </FormDialog>
  );
}

export type Act = 'switch' | 'renew' | 'remove';

export default function AskDialog(props: Asked & { act: Act; onRemoved: () => void }) {
  const { act, ...rest } = props;
  if (act === 'switch') return <SwitchDialog {...rest} />;
  return act === 'renew' ? <RenewDialog {...rest} /> : <RemoveDialog {...rest} />;
}
