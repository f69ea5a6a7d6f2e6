/** Deactivates or removes somebody, and says who gets what they leave to be done. */
import FormControlLabel from '@mui/material/FormControlLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { useId, useState, type FormEvent } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Team, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { accountTexts } from '../text/account';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { useTeams, useUsers } from '../tickets/data';
import { assigneeOptions } from '../tickets/options';
import { Picker } from '../tickets/picker';
import { FieldFault, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { stateName } from '../ui/names';
import { Bars } from '../ui/states';
import './people-dialogs.css';

export interface OpenWork {
  total: number;
  items: { state: string; label: string; count: number }[];
}

type To = 'keep' | 'nobody' | 'user' | 'team';
const CHOICES = ['keep', 'nobody', 'user', 'team'] as const;
/** Who was removed keeps nothing open. */
const AFTER_REMOVAL = ['nobody', 'user', 'team'] as const;

/** Members of a team who could take something. */
const hasTakers = (team: Team, users: readonly User[], but: string) =>
  users.some((u) => u.active && u.id !== but && team.memberIds.includes(u.id));

export function useOpenWork(user: User) {
  return useQuery<OpenWork>(`open-tickets/${user.id}`, (signal) =>
    api.get(`/api/users/${user.id}/open-tickets`, { signal }),
  );
}

/** What is given to the route beside `active`. */
const handOverBody = (to: To, taker: string): Record<string, string> =>
  to === 'keep' ? {} : { reassign: to, ...(to !== 'nobody' && { reassignTo: taker }) };

function Takers(props: {
  user: User;
  to: 'user' | 'team';
  taker: string;
  onChange: (taker: string) => void;
}) {
  const { user, to, taker } = props;
  const t = accountTexts.handOver;
  const me = useMe();
  const users = useUsers();
  const teams = useTeams();
  const options =
    to === 'user'
      ? assigneeOptions(
          users.filter((u) => u.id !== user.id),
          me.id,
        ).filter((o) => o.value)
      : teams
          .filter((team) => hasTakers(team, users, user.id))
          .map((team) => ({ value: team.id, label: team.name }));
  return (
    <Picker
      look="field"
      label={to === 'user' ? t.taker : t.takerTeam}
      none={t.choose}
      value={taker ? [taker] : []}
      options={options}
      onChange={([id]) => props.onChange(id ?? '')}
    />
  );
}

/** How many there are, and the choice of what happens to them. */
export function OpenWorkFields(props: {
  user: User;
  work: OpenWork;
  choices: readonly To[];
  to: To;
  taker: string;
  fault: string | null;
  onChange: (to: To, taker: string) => void;
}) {
  const { user, work, choices, to, taker } = props;
  const t = accountTexts.handOver;
  const id = useId();
  const canGive = may(useMe(), 'tickets:write');
  const states = work.items
    .map((s) => t.openState({ n: s.count, state: stateName({ key: s.state, label: s.label }) }))
    .join(', ');
  return (
    <div className="hand-over">
      <p id={id} className="dialog-text">
        {t.openCount({ n: work.total, states })}
      </p>
      {canGive ? (
        <RadioGroup
          aria-label={t.handTo}
          aria-describedby={id}
          value={to}
          onChange={(_, value) => props.onChange(value as To, '')}
        >
          {choices.map((choice) => (
            <FormControlLabel
              key={choice}
              value={choice}
              control={<Radio size="small" />}
              label={choice === 'keep' ? t.keep({ name: user.name }) : t[choice]}
            />
          ))}
        </RadioGroup>
      ) : (
        <p className="soft">{choices.includes('keep') ? t.noTickets : t.nobodys}</p>
      )}
      {(to === 'user' || to === 'team') && (
        <Takers
          user={user}
          to={to}
          taker={taker}
          onChange={(chosen) => props.onChange(to, chosen)}
        />
      )}
      {to === 'team' && <p className="soft">{t.teamText}</p>}
      <FieldFault id={`${id}-fault`} text={props.fault ?? undefined} />
    </div>
  );
}

/** What becomes of the open tickets, for a form around it. */
function useLeaving(user: User, choices: readonly To[]) {
  const work = useOpenWork(user);
  const [to, setTo] = useState<To>(choices[0] ?? 'nobody');
  const [taker, setTaker] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [left, setLeft] = useState(0);
  const lacks = (to === 'user' || to === 'team') && !taker;
  return {
    to,
    body: handOverBody(to, taker),
    setLeft,
    /** A form that isn't sent before somebody is chosen. */
    guarded<F extends { submit: (e?: FormEvent) => Promise<void> }>(of: F): F {
      return {
        ...of,
        submit: (e?: FormEvent) => {
          e?.preventDefault();
          setFault(lacks ? accountTexts.handOver.chooseTaker : null);
          return lacks ? Promise.resolve() : of.submit(e);
        },
      };
    },
    fields: (
      <>
        {!work.data && !work.error && <Bars rows={1} label={texts.loading} />}
        {work.data && work.data.total > 0 && (
          <OpenWorkFields
            user={user}
            work={work.data}
            choices={choices}
            to={to}
            taker={taker}
            fault={lacks ? fault : null}
            onChange={(choice, chosen) => {
              setTo(choice);
              setTaker(chosen);
            }}
          />
        )}
        {left > 0 && (
          <p className="dialog-text" role="status">
            {accountTexts.handOver.handing({ n: left })}
          </p>
        )}
      </>
    ),
  };
}

interface Left {
  openTickets?: number;
}
const DEADLINE_MS = 60_000;

export function Deactivate({ user, onClose }: { user: User; onClose: () => void }) {
  const t = accountTexts.people;
  const leaving = useLeaving(user, CHOICES);
  const of = useServerForm({
    // So many at once as the server changes in a moment; the account is deactivated with the first.
    send: async () => {
      const body = { active: false, ...leaving.body };
      const patch = (more: object, headers?: Record<string, string>) =>
        api.patch<Left>(
          `/api/users/${user.id}`,
          { ...body, ...more },
          { deadline: DEADLINE_MS, ...(headers && { headers }) },
        );
      let answer = await patch({}, { 'If-Match': `"${user.version}"` });
      while (leaving.to !== 'keep' && answer.openTickets) {
        leaving.setLeft(answer.openTickets);
        answer = await patch({ reassignMore: true });
      }
    },
    onDone: () => {
      invalidate('users');
      toast({ title: texts.toasts.userSuspended({ name: user.name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.deactivateTitle({ name: user.name })}
      submit={t.deactivate}
      danger
      wide
      of={leaving.guarded(of)}
      onClose={onClose}
    >
      <p className="dialog-text">{t.deactivateText({ name: user.name })}</p>
      {leaving.fields}
    </FormDialog>
  );
}

/** For good, so the address is typed first. */
export function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const t = accountTexts.people;
  const { name, email } = user;
  const leaving = useLeaving(user, AFTER_REMOVAL);
  const of = useServerForm({
    start: { email: '' },
    check: (values): Record<string, string> =>
      values.email.trim().toLowerCase() === email ? {} : { email: t.removeTyped({ email }) },
    // The person is gone with the first, the others hand over what is left.
    send: async () => {
      const remove = (headers?: Record<string, string>) =>
        api.del<Left>(`/api/users/${user.id}`, {
          query: leaving.body,
          deadline: DEADLINE_MS,
          ...(headers && { headers }),
        });
      let answer = await remove({ 'If-Match': `"${user.version}"` });
      while (answer.openTickets) {
        leaving.setLeft(answer.openTickets);
        answer = await remove();
      }
    },
    onDone: () => {
      invalidate('users');
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.removeTitle({ name })}
      submit={t.remove}
      danger
      wide
      of={leaving.guarded(of)}
      onClose={onClose}
    >
      <p className="dialog-text">{t.removeText({ name })}</p>
      <p className="dialog-text">{t.removeAudit}</p>
      {leaving.fields}
      <TextInput
        of={of}
        name="email"
        label={t.removeEmail({ email })}
        autoComplete="off"
        required
        fullWidth
        margin="dense"
        slotProps={{ htmlInput: { autoCapitalize: 'none', spellCheck: false } }}
      />
    </FormDialog>
  );
}
