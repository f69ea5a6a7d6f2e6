/** Send a notification to a person, a role or everybody here, and see who is there to read it. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useEffect, useState, type FormEvent } from 'react';
import { api, type ApiError } from '../api/client';
import { useQuery } from '../api/query';
import type { Items, NotificationStats, User } from '../api/types';
import { may, useMe } from '../auth/session';
import { useActiveUsers } from '../people/people-page';
import { Page } from '../ui/page';
import { compareNames, formatNumber, T } from '../text';
import { toast } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { Choice } from '../ui/choice';
import { roleName, roleNames } from '../ui/names';
import { Bars, ErrorLine, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import './notify.css';

const TARGETS = ['user', 'role', 'company'] as const;
type Target = (typeof TARGETS)[number];
const ROLES = ['Technician', 'Dispatcher', 'Admin', 'SystemAdmin'] as const;
const PRIORITIES = ['low', 'normal', 'high'] as const;
const LOOK_MS = 15_000;

function Compose() {
  const me = useMe();
  const { data: users } = useQuery<Items<User>>('users', (signal) =>
    api.get('/api/users', { signal }),
  );
  const [target, setTarget] = useState<Target>('user');
  const [userId, setUserId] = useState('');
  const [role, setRole] = useState<(typeof ROLES)[number]>('Technician');
  const [title, setTitle] = useState('');
  const [message, setMessage] = useState('');
  const [icon, setIcon] = useState('');
  const [url, setUrl] = useState('');
  const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>('normal');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const complete = title.trim() && message.trim() && (target !== 'user' || userId);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || !complete) return;
    setBusy(true);
    setError(null);
    try {
      const { sentCount } = await api.post<{ sentCount: number }>(`/api/notifications/${target}`, {
        ...(target === 'user' && { targetUserId: userId }),
        ...(target === 'role' && { role }),
        title: title.trim(),
        message: message.trim(),
        ...(icon.trim() && { icon: icon.trim() }),
        ...(url.trim() && { url: url.trim() }),
        priority,
      });
      toast({ title: T.notify.sent({ n: sentCount }), tone: 'success' });
      setTitle('');
      setMessage('');
    } catch (caught) {
      setError(caught as ApiError);
    }
    setBusy(false);
  };
  const people = (users?.items ?? [])
    .filter((u) => u.active)
    .sort((a, b) => compareNames(a.name, b.name))
    .map((u) => ({
      value: u.id,
      label:
        u.id === me.id ? T.tickets.meNamed({ name: u.name }) : `${u.name} · ${roleNames(u.roles)}`,
      mark: <Avatar name={u.name} />,
    }));
  const fault = (name: string) => error?.field(name);
  const named = ['title', 'message', 'icon', 'url'].some(fault);
  return (
    <form className="compose stack" onSubmit={(e) => void submit(e)}>
      <div className="compose-to">
        <ToggleButtonGroup
          exclusive
          size="small"
          value={target}
          onChange={(_, next: Target | null) => next && setTarget(next)}
          aria-label={T.notify.to}
        >
          {TARGETS.map((t) => (
            <ToggleButton key={t} value={t}>
              {T.notify.targets[t]}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {target === 'user' && (
          <Choice
            label={userId ? T.notify.person : T.notify.choosePerson}
            value={userId}
            options={people}
            onChange={setUserId}
          />
        )}
        {target === 'role' && (
          <Choice
            label={T.notify.role}
            value={role}
            options={ROLES.map((r) => ({ value: r, label: roleName(r) }))}
            onChange={setRole}
          />
        )}
      </div>
      <TextField
        label={T.notify.titleField}
        required
        value={title}
        error={Boolean(fault('title'))}
        helperText={fault('title')}
        onChange={(e) => setTitle(e.target.value)}
        slotProps={{ htmlInput: { maxLength: 120 } }}
      />
      <TextField
        label={T.notify.message}
        required
        multiline
        minRows={3}
        value={message}
        error={Boolean(fault('message'))}
        helperText={fault('message')}
        onChange={(e) => setMessage(e.target.value)}
        slotProps={{ htmlInput: { maxLength: 1000 } }}
      />
      <div className="compose-row">
        <TextField
          label={T.notify.icon}
          placeholder="🔔"
          value={icon}
          error={Boolean(fault('icon'))}
          helperText={fault('icon')}
          onChange={(e) => setIcon(e.target.value)}
          slotProps={{ htmlInput: { maxLength: 16 }, inputLabel: { shrink: true } }}
        />
        <TextField
          label={T.notify.url}
          placeholder="/tickets"
          value={url}
          error={Boolean(fault('url'))}
          helperText={fault('url') ?? T.notify.urlHelp}
          onChange={(e) => setUrl(e.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
        />
      </div>
      <ErrorLine error={named ? null : error} />
      <div className="compose-send">
        <Choice
          label={T.tickets.priority}
          value={priority}
          options={PRIORITIES.map((p) => ({ value: p, label: T.priority[p] }))}
          onChange={setPriority}
        />
        <span className="spacer" />
        <Button type="submit" variant="contained" loading={busy} disabled={!complete}>
          {T.notify.send}
        </Button>
      </div>
    </form>
  );
}

function Active() {
  const { data, error, refresh } = useActiveUsers();
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={T.loading} />;
  if (data.users.length === 0) return <p className="soft">{T.notify.nobodyActive}</p>;
  return (
    <ul className="active-users">
      {data.users.map((u) => (
        <li key={u.userId}>
          <Avatar name={u.userName} />
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
                <rect width={(100 * n) / most} height="8" rx="2" />
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
      <h2>{T.notify.connections({ n: data.totalConnections })}</h2>
      {Object.keys(data.byCompany).length > 1 && (
        <Counts title={T.notify.byCompany} counts={data.byCompany} />
      )}
      <Counts title={T.notify.byRole} counts={data.byRole} nameOf={roleName} />
    </>
  );
}

export default function NotifyPage() {
  const me = useMe();
  return (
    <Page title={T.notify.title}>
      <div className="columns">
        <section aria-label={T.notify.title}>
          <Compose />
        </section>
        <section aria-labelledby="active-title">
          <h2 id="active-title">{T.notify.active}</h2>
          <Active />
          {may(me, 'stats:read') && <Stats />}
        </section>
      </div>
    </Page>
  );
}
