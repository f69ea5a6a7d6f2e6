/** Deactivates somebody, and says who gets what they leave to be done. */
import FormControlLabel from '@mui/material/FormControlLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import type { Team, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { accountTexts } from '../text/account';
import { texts } from '../text';
import { useTeams, useUsers } from '../tickets/data';
import { assigneeOptions } from '../tickets/options';
import { Picker } from '../tickets/picker';
import { useServerForm, FieldFault } from '../ui/form';
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

/** Members of a team who could take something. */
const hasTakers = (team: Team, users: readonly User[], but: string) =>
  users.some((u) => u.active && u.id !== but && team.memberIds.includes(u.id));

export function useOpenWork(user: User) {
  return useQuery<OpenWork>(`open-tickets/${user.id}`, (signal) =>
    api.get(`/api/users/${user.id}/open-tickets`, { signal }),
  );
}

/** What is given to the route beside `active`. */
export const handOverBody = (to: To, taker: string) =>
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
  to: To;
  taker: string;
  fault: string | null;
  onChange: (to: To, taker: string) => void;
}) {
  const { user, work, to, taker } = props;
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
          {CHOICES.map((choice) => (
            <FormControlLabel
              key={choice}
              value={choice}
              control={<Radio size="small" />}
              label={choice === 'keep' ? t.keep({ name: user.name }) : t[choice]}
            />
          ))}
        </RadioGroup>
      ) : (
        <p className="soft">{t.noTickets}</p>
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

export default function Deactivate({ user, onClose }: { user: User; onClose: () => void }) {
  const t = accountTexts.people;
  const work = useOpenWork(user);
  const [to, setTo] = useState<To>('keep');
  const [taker, setTaker] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [left, setLeft] = useState(0);
  const lacks = (to === 'user' || to === 'team') && !taker;
  const of = useServerForm({
    // So many at once as the server changes in a moment; the account is deactivated with the first.
    send: async () => {
      const body = { active: false, ...handOverBody(to, taker) };
      const patch = (more: object, headers?: Record<string, string>) =>
        api.patch<{ openTickets?: number }>(
          `/api/users/${user.id}`,
          { ...body, ...more },
          { deadline: 60_000, ...(headers && { headers }) },
        );
      let answer = await patch({}, { 'If-Match': `"${user.version}"` });
      while (to !== 'keep' && answer.openTickets) {
        setLeft(answer.openTickets);
        answer = await patch({ reassignMore: true });
      }
    },
    onDone: () => {
      invalidate('users');
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.deactivateTitle({ name: user.name })}
      submit={t.deactivate}
      danger
      wide
      of={{
        ...of,
        submit: (e) => {
          e?.preventDefault();
          setFault(lacks ? accountTexts.handOver.chooseTaker : null);
          return lacks ? Promise.resolve() : of.submit(e);
        },
      }}
      onClose={onClose}
    >
      <p className="dialog-text">{t.deactivateText({ name: user.name })}</p>
      {!work.data && !work.error && <Bars rows={1} label={texts.loading} />}
      {work.data && work.data.total > 0 && (
        <OpenWorkFields
          user={user}
          work={work.data}
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
    </FormDialog>
  );
}
