/** What an administrator does with somebody who is there: edit, another link, deactivate, activate, remove. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { patchUsers } from '../api/resources';
import type { User } from '../api/types';
import { formatList, texts } from '../text';
import { accountTexts } from '../text/account';
import { useTeams } from '../tickets/data';
import { toast } from '../toasts/store';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import type { SignInWays } from '../auth/sign-in';
import { Deactivate, Remove } from './hand-over';
import { Linked } from './linked';
import { LinkBox, MailNote, type OneTimeLink, type SentMail } from './link-box';
import { RoleBoxes } from './person-fields';
import './people-dialogs.css';

export type PersonAction = 'edit' | 'link' | 'factor' | 'deactivate' | 'activate' | 'remove';

type Props = { user: User; onClose: () => void };

const pathOf = (user: User) => `/api/users/${user.id}`;
/** If somebody else changed the person meanwhile, the server refuses. */
const change = (user: User, body: object) =>
  api.patch<User>(pathOf(user), body, { headers: { 'If-Match': `"${user.version}"` } });

function Edit({ user, onClose }: Props) {
  const t = accountTexts.people;
  const teams = useTeams().filter((team) => team.memberIds.includes(user.id));
  const of = useServerForm({
    start: { name: user.name, phone: user.phone ?? '', roles: user.roles },
    rules: patchUsers,
    body: ({ name, phone, roles }) => ({ name: name.trim(), phone: phone.trim() || null, roles }),
    send: (body) => change(user, body),
    onDone: () => {
      invalidate('users');
      toast({ title: texts.toasts.userUpdated({ name: user.name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.editTitle({ name: user.name })}
      submit={texts.save}
      of={of}
      onClose={onClose}
    >
      <TextInput
        of={of}
        name="name"
        label={t.name}
        autoComplete="off"
        autoFocus
        required
        fullWidth
        margin="dense"
      />
      <TextInput
        of={of}
        name="phone"
        label={accountTexts.own.phone}
        type="tel"
        autoComplete="off"
        fullWidth
        margin="dense"
      />
      <RoleBoxes of={of} />
      {teams.length > 0 && (
        <p className="soft">
          {accountTexts.teams.title}:{' '}
          {formatList(
            teams.map((team) => team.name),
            'conjunction',
          )}
        </p>
      )}
      <Linked
        path={`${pathOf(user)}/providers`}
        text={accountTexts.own.linkedOther({ name: user.name })}
      />
    </FormDialog>
  );
}

function NewLink({ user, onClose }: Props) {
  const t = accountTexts.people;
  const id = useId();
  const [made, setMade] = useState<{ link?: OneTimeLink; mail?: SentMail } | null>(null);
  const [toCopy, setToCopy] = useState(false);
  const ways = useQuery<SignInWays>('auth-ways', (signal) => api.get('/api/auth/ways', { signal }));
  const byMail = !toCopy && ways.data?.resetByMail === true;
  const of = useServerForm({
    send: async () =>
      byMail
        ? { mail: await api.post<SentMail>(`${pathOf(user)}/mail`, {}) }
        : { link: await api.post<OneTimeLink>(`${pathOf(user)}/link`, {}) },
    onDone: setMade,
  });
  if (!made)
    return (
      <FormDialog
        title={t.linkTitle({ name: user.name })}
        submit={byMail ? t.sendLink : t.makeLink}
        of={of}
        onClose={onClose}
      >
        <p className="dialog-text">
          {byMail ? t.sendText({ address: user.email }) : t.makeLinkInvite({ name: user.name })}
        </p>
        {byMail && (
          <Button onClick={() => setToCopy(true)} disabled={of.busy}>
            {t.copyInstead}
          </Button>
        )}
      </FormDialog>
    );
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{t.linkTitle({ name: user.name })}</DialogTitle>
      <DialogContent>
        {made.link && <LinkBox link={made.link} name={user.name} />}
        {made.mail && <MailNote mail={made.mail} />}
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {t.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** For who has lost app and recovery codes. */
function TakeFactor({ user, onClose }: Props) {
  const t = accountTexts.people;
  const of = useServerForm({
    send: () => api.del(`${pathOf(user)}/second-factor`),
    onDone: () => {
      invalidate('users');
      toast({ title: t.factorTaken({ name: user.name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.factorTitle({ name: user.name })}
      submit={t.factor}
      danger
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.factorText({ name: user.name })}</p>
    </FormDialog>
  );
}

function Activate({ user, onClose }: Props) {
  const t = accountTexts.people;
  const of = useServerForm({
    send: () => change(user, { active: true }),
    onDone: () => {
      invalidate('users');
      toast({ title: texts.toasts.userActivated({ name: user.name }), tone: 'success' });
      onClose();
    },
  });
  const name = user.name;
  return (
    <FormDialog title={t.activateTitle({ name })} submit={t.activate} of={of} onClose={onClose}>
      <p className="dialog-text">{t.activateText({ name })}</p>
    </FormDialog>
  );
}

export default function PersonDialog(props: Props & { action: PersonAction }) {
  const { action, ...rest } = props;
  switch (action) {
    case 'edit':
      return <Edit {...rest} />;
    case 'link':
      return <NewLink {...rest} />;
    case 'factor':
      return <TakeFactor {...rest} />;
    case 'deactivate':
      return <Deactivate {...rest} />;
    case 'remove':
      return <Remove {...rest} />;
    default:
      return <Activate {...rest} />;
  }
}
