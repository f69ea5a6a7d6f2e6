/** Send a notification to a person, a role or everybody here, and see who is there to read it. */
import Button from '@mui/material/Button';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import {
  postNotificationsCompany,
  postNotificationsRole,
  postNotificationsTeam,
  postNotificationsUser,
} from '../api/resources';
import type { Items, NotificationStats, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { useActiveUsers } from '../people/people-page';
import { useTeams } from '../tickets/data';
import { Page } from '../ui/page';
import { compareNames, formatNumber, texts } from '../text';
import { notifyTexts } from '../text/notify';
import { toast } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { ChoiceInput, FormError, TextInput, useServerForm } from '../ui/form';
import { companyRoles, roleName, roleNames } from '../ui/names';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import './notify.css';

/** By whom it is for: what their route accepts. */
const RULES = {
  user: postNotificationsUser,
  role: postNotificationsRole,
  team: postNotificationsTeam,
  company: postNotificationsCompany,
};
type Target = keyof typeof RULES;
const ICONS = ['🔔', '⚠️', '✅', '🔧', '📅', '📣', '📞', '🚚'] as const;
const PAGES = ['nothing', 'tickets', 'inbox', 'people', 'reports', 'other'] as const;
type PageName = (typeof PAGES)[number];
const WORDS = { title: '', message: '', icon: '', opens: 'nothing' as PageName, url: '' };
const BLANK = { targetUserId: '', role: 'Technician', teamId: '', priority: 'normal', ...WORDS };
const LOOK_MS = 15_000;

const addressOf = ({ opens, url }: typeof BLANK): string =>
  opens === 'nothing' ? '' : opens === 'other' ? url.trim() : `/${opens}`;

function Preview({ icon, title, message, priority }: typeof BLANK) {
  return (
    <section className="compose-preview" aria-label={notifyTexts.preview}>
      <h3>{notifyTexts.preview}</h3>
      <div className="toast" data-tone={priority === 'high' ? 'warning' : 'info'}>
        <span className="toast-icon" aria-hidden="true">
          {icon || <Icon name={priority === 'high' ? 'warning' : 'info'} />}
        </span>
        <div className="toast-body">
          <strong>{title.trim() || notifyTexts.previewTitle}</strong>
          {message.trim() && <span>{message.trim()}</span>}
        </div>
      </div>
    </section>
  );
}

function Compose() {
  const me = useMe();
  const { data: users } = useQuery<Items<User>>('users', (signal) =>
    api.get('/api/users', { signal }),
  );
  const teams = useTeams();
  const [target, setTarget] = useState<Target>('user');
  const of = useServerForm({
    start: BLANK,
    rules: RULES[target],
    body: (values) => {
      const { targetUserId, role, teamId, title, message, icon, opens, priority } = values;
      return {
        ...(target === 'user' && targetUserId && { targetUserId }),
        ...(target === 'role' && { role }),
        ...(target === 'team' && teamId && { teamId }),
        title: title.trim(),
        message: message.trim(),
        ...(icon && { icon }),
        ...(opens !== 'nothing' && { url: addressOf(values) }),
        priority,
      };
    },
    send: (body) => api.post<{ sentCount: number }>(`/api/notifications/${target}`, body),
    onDone: ({ sentCount }) => {
      toast({
        title: notifyTexts.sent({ n: sentCount }),
        message: notifyTexts.sentText,
        url: '/inbox?tab=sent',
        tone: 'success',
      });
      invalidate('sent-notifications');
      of.form.reset({ ...of.form.getValues(), ...WORDS });
    },
  });
  const values = of.form.watch();
  // Of a company without teams it would be a choice of nothing.
  const targets = (Object.keys(RULES) as Target[]).filter(
    (x) => x !== 'team' || teams.length > 0 || target === 'team',
  );
  const people = (users?.items ?? [])
    .filter((u) => u.active)
    .sort((a, b) => compareNames(a.name, b.name))
    .map((u) => ({
      value: u.id,
      label:
        u.id === me.id
          ? texts.tickets.meNamed({ name: u.name })
          : `${u.name} · ${roleNames(u.roles)}`,
      mark: <Avatar name={u.name} id={u.id} />,
    }));
  return (
    <form className="compose stack" noValidate onSubmit={(e) => void of.submit(e)}>
      <div className="compose-to">
        <ToggleButtonGroup
          exclusive
          size="small"
          value={target}
          onChange={(_, next: Target | null) => next && setTarget(next)}
          aria-label={notifyTexts.to}
        >
          {targets.map((t) => (
            <ToggleButton key={t} value={t}>
              {notifyTexts.targets[t]}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {target === 'user' && (
          <ChoiceInput
            of={of}
            name="targetUserId"
            label={values.targetUserId ? notifyTexts.person : notifyTexts.choosePerson}
            options={people}
          />
        )}
        {target === 'team' && (
          <ChoiceInput
            of={of}
            name="teamId"
            label={values.teamId ? notifyTexts.team : notifyTexts.chooseTeam}
            options={teams.map((team) => ({ value: team.id, label: team.name }))}
          />
        )}
        {target === 'role' && (
          <ChoiceInput
            of={of}
            name="role"
            label={notifyTexts.role}
            options={[...companyRoles(), 'SystemAdmin'].map((r) => ({
              value: r,
              label: roleName(r),
            }))}
          />
        )}
      </div>
      <TextInput of={of} name="title" label={notifyTexts.titleField} />
      <TextInput of={of} name="message" label={notifyTexts.message} multiline minRows={3} />
      <div className="compose-row">
        <ChoiceInput
          of={of}
          name="priority"
          label={texts.tickets.priority}
          options={postNotificationsUser.priority.oneOf.map((p) => ({
            value: p,
            label: texts.priority[p],
          }))}
        />
        <ChoiceInput
          of={of}
          name="icon"
          label={notifyTexts.icon}
          keepLabel
          options={[
            { value: '', label: notifyTexts.noIcon },
            ...ICONS.map((i) => ({ value: i, label: i })),
          ]}
        />
        <ChoiceInput
          of={of}
          name="opens"
          label={notifyTexts.opens}
          keepLabel
          options={PAGES.map((p) => ({ value: p, label: notifyTexts.pages[p] }))}
        />
      </div>
      {values.opens === 'other' && (
        <TextInput
          of={of}
          name="url"
          label={notifyTexts.url}
          placeholder="/tickets"
          required
          helperText={notifyTexts.urlHelp}
          slotProps={{ inputLabel: { shrink: true } }}
        />
      )}
      <Preview {...values} />
      <FormError of={of} />
      <div className="compose-send">
        <span className="spacer" />
        <Button type="submit" variant="contained" loading={of.busy}>
          {notifyTexts.send}
        </Button>
      </div>
    </form>
  );
}

function Active() {
  const { data, error, refresh } = useActiveUsers();
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={texts.loading} />;
  if (data.users.length === 0) return <p className="soft">{notifyTexts.nobodyActive}</p>;
  return (
    <ul className="active-users">
      {data.users.map((u) => (
        <li key={u.userId}>
          <Avatar name={u.userName} id={u.userId} />
          <span>
            <strong>{u.userName}</strong>
            <span className="soft"> {roleName(u.role)}</span>
          </span>
          <span className="spacer" />
          <span className="soft">
            <Time iso={u.connectedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Counts(props: {
  title: string;
  counts: Record<string, number>;
  nameOf?: (name: string) => string;
}) {
  const { title, counts, nameOf = (name) => name } = props;
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map(([, n]) => n), 1);
  return (
    <>
      <h3>{title}</h3>
      <dl className="counts">
        {rows.map(([name, n]) => (
          <div key={name}>
            <dt>{nameOf(name)}</dt>
            <dd>
              <svg
                className="count-bar"
                viewBox="0 0 100 8"
                preserveAspectRatio="none"
                aria-hidden="true"
              >
                <rect width={(100 * n) / most} height="8" />
              </svg>
              <span className="number">{formatNumber(n)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Stats() {
  const { data, refresh } = useQuery<NotificationStats>('notification-stats', (signal) =>
    api.get('/api/notifications/stats', { signal }),
  );
  useEffect(() => {
    const timer = setInterval(refresh, LOOK_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  if (!data) return null;
  return (
    <>
      <h2>{notifyTexts.connections({ n: data.totalConnections })}</h2>
      {Object.keys(data.byCompany).length > 1 && (
        <Counts title={notifyTexts.byCompany} counts={data.byCompany} />
      )}
      <Counts title={notifyTexts.byRole} counts={data.byRole} nameOf={roleName} />
    </>
  );
}

export default function NotifyPage() {
  const me = useMe();
  return (
    <Page title={notifyTexts.title}>
      <div className="columns">
        <section aria-labelledby="compose-title">
          <h2 id="compose-title">{notifyTexts.compose}</h2>
          <Compose />
        </section>
        <section aria-labelledby="active-title">
          <h2 id="active-title">{notifyTexts.active}</h2>
          <Active />
          {may(me, 'stats:read') && <Stats />}
        </section>
      </div>
    </Page>
  );
}
