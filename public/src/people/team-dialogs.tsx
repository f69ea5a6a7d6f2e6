/** A team: made, changed with its members, deleted. */
import IconButton from '@mui/material/IconButton';
import { useId } from 'react';
import { useController, type UseFormReturn } from 'react-hook-form';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { patchTeams, postTeams } from '../api/resources';
import type { Rules } from '../api/rules';
import type { Team } from '../api/types';
import { useMe } from '../auth/session';
import { compareNames, texts } from '../text';
import { accountTexts } from '../text/account';
import { useUsers } from '../tickets/data';
import { assigneeOptions } from '../tickets/options';
import { Picker } from '../tickets/picker';
import { Avatar } from '../ui/avatar';
import { FieldFault, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import './people-dialogs.css';

export type TeamAction = 'new' | 'edit' | 'delete';

interface Written {
  name: string;
  description: string;
  leadId: string;
  memberIds: string[];
}
const EMPTY: Written = { name: '', description: '', leadId: '', memberIds: [] };

type Of = { form: UseFormReturn<Written>; rules: Rules };

const pathOf = (team: Team) => `/api/teams/${team.id}`;

/** Who is in it; the menu adds and takes away, so does each one's button. */
function Members({ of }: { of: Of }) {
  const t = accountTexts.teams;
  const id = useId();
  const me = useMe();
  const users = useUsers();
  const { field, fieldState } = useController({ name: 'memberIds', control: of.form.control });
  // Who is deactivated stays in, and can be taken out.
  const people = users.filter((u) => u.active || field.value.includes(u.id));
  const chosen = people
    .filter((u) => field.value.includes(u.id))
    .sort((a, b) => compareNames(a.name, b.name));
  return (
    <div className="team-field">
      <span aria-hidden="true">{t.members}</span>
      <Picker
        multiple
        look="field"
        focus={field.ref}
        describedBy={id}
        label={t.members}
        none={t.addMembers}
        value={field.value}
        options={assigneeOptions(people, me.id).filter((o) => o.value)}
        onChange={field.onChange}
      />
      {chosen.length > 0 && (
        <ul className="team-members" aria-label={t.members}>
          {chosen.map((u) => (
            <li key={u.id}>
              <Avatar name={u.name} id={u.id} />
              <span>{u.name}</span>
              {!u.active && <span className="soft">{accountTexts.list.inactive}</span>}
              <IconButton
                size="small"
                aria-label={t.takeOut({ name: u.name })}
                onClick={() => field.onChange(field.value.filter((m) => m !== u.id))}
              >
                <Icon name="close" size={14} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <FieldFault id={id} text={fieldState.error?.message} />
    </div>
  );
}

function Lead({ of, team }: { of: Of; team: Team | undefined }) {
  const t = accountTexts.teams;
  const id = useId();
  const me = useMe();
  const users = useUsers();
  const { field, fieldState } = useController({ name: 'leadId', control: of.form.control });
  const lead = { id: team?.leadId ?? null, name: team?.leadName ?? null };
  return (
    <div className="team-field">
      <span aria-hidden="true">{t.lead}</span>
      <Picker
        look="field"
        focus={field.ref}
        describedBy={id}
        label={t.lead}
        none={texts.tickets.nobody}
        value={field.value ? [field.value] : []}
        options={assigneeOptions(users, me.id, lead)}
        onChange={([chosen]) => field.onChange(chosen ?? '')}
      />
      <FieldFault id={id} text={fieldState.error?.message} />
    </div>
  );
}

function Save({ team, onClose }: { team?: Team | undefined; onClose: () => void }) {
  const t = accountTexts.teams;
  const of = useServerForm({
    start: team
      ? {
          name: team.name,
          description: team.description ?? '',
          leadId: team.leadId ?? '',
          memberIds: team.memberIds,
        }
      : EMPTY,
    rules: team ? patchTeams : postTeams,
    body: ({ name, description, leadId, memberIds }: Written) => ({
      name: name.trim(),
      description: description.trim() || null,
      leadId: leadId || null,
      memberIds,
    }),
    send: (body) =>
      team
        ? api.patch<Team>(pathOf(team), body, { headers: { 'If-Match': `"${team.version}"` } })
        : api.post<Team>('/api/teams', body),
    onDone: () => {
      invalidate('teams');
      onClose();
    },
  });
  return (
    <FormDialog
      title={team ? accountTexts.people.editTitle({ name: team.name }) : t.newTitle}
      submit={team ? texts.save : t.create}
      wide
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
        name="description"
        label={t.description}
        autoComplete="off"
        fullWidth
        margin="dense"
      />
      <Lead of={of} team={team} />
      <Members of={of} />
    </FormDialog>
  );
}

function Delete({ team, onClose }: { team: Team; onClose: () => void }) {
  const t = accountTexts.teams;
  const { name } = team;
  const of = useServerForm({
    send: () => api.del(pathOf(team)),
    onDone: () => {
      invalidate('teams');
      onClose();
    },
  });
  return (
    <FormDialog title={t.deleteTitle({ name })} submit={t.delete} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.deleteText}</p>
    </FormDialog>
  );
}

export default function TeamDialog(props: {
  action: TeamAction;
  team?: Team;
  onClose: () => void;
}) {
  const { action, team, onClose } = props;
  return action === 'delete' && team ? (
    <Delete team={team} onClose={onClose} />
  ) : (
    <Save team={team} onClose={onClose} />
  );
}
