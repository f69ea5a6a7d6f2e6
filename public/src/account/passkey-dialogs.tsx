/** The dialogs of passkeys. */
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { patchMePasskeys } from '../api/resources';
import type { OwnPasskey } from '../api/types';
import { addPasskey } from '../auth/passkey';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { TextInput, trimmed, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { PASSKEYS_KEY, PASSKEYS_PATH, type PasskeyAction } from './passkeys';

interface Closes {
  onClose: () => void;
}

function useNameForm(start: string, send: (name: string) => Promise<void>, done: () => void) {
  return useServerForm({
    start: { name: start },
    rules: patchMePasskeys,
    body: trimmed,
    send: ({ name }) => send(name),
    onDone: done,
  });
}

export function Add({ onClose, onAdded }: Closes & { onAdded?: () => void }) {
  const t = accountTexts.passkeys;
  const of = useNameForm('', addPasskey, () => {
    invalidate(PASSKEYS_KEY);
    toast({ title: t.addedDone, tone: 'success' });
    (onAdded ?? onClose)();
  });
  return (
    <FormDialog title={t.addTitle} submit={t.go} of={of} onClose={onClose}>
      <p className="dialog-text">{t.addText}</p>
      <TextInput of={of} name="name" label={t.name} placeholder={t.nameHint} autoFocus />
    </FormDialog>
  );
}

function Rename({ passkey, onClose }: Closes & { passkey: OwnPasskey }) {
  const t = accountTexts.passkeys;
  const of = useNameForm(
    passkey.name,
    (name) => api.patch(`${PASSKEYS_PATH}/${passkey.id}`, { name }),
    () => {
      invalidate(PASSKEYS_KEY);
      onClose();
    },
  );
  return (
    <FormDialog title={t.renameTitle} submit={t.rename} of={of} onClose={onClose}>
      <TextInput of={of} name="name" label={t.name} autoFocus />
    </FormDialog>
  );
}

function Remove({ passkey, onClose }: Closes & { passkey: OwnPasskey }) {
  const t = accountTexts.passkeys;
  const { name } = passkey;
  const of = useServerForm({
    send: () => api.del(`${PASSKEYS_PATH}/${passkey.id}`),
    onDone: () => {
      invalidate(PASSKEYS_KEY);
      toast({ title: t.removed({ name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog title={t.removeTitle({ name })} submit={t.remove} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.removeText}</p>
    </FormDialog>
  );
}

export default function Dialogs({ action, onClose }: Closes & { action: PasskeyAction }) {
  if (action.what === 'add') return <Add onClose={onClose} />;
  const Dialog = action.what === 'rename' ? Rename : Remove;
  return <Dialog passkey={action.passkey} onClose={onClose} />;
}
