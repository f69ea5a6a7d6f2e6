/** By kind and way how one hears of notifications, hours in which nothing comes, and digests. Each change is kept at once. */
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { ApiError, api } from '../api/client';
import { setQueryData, useQuery } from '../api/query';
import type { NotificationPreferences } from '../api/types';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { DAYS, PREFERENCES, PREFERENCES_PATH, TOPICS, WAYS, type Way } from '../toasts/ways';
import { Bars, ErrorState } from '../ui/states';
import { Section } from './section';

type Change = Partial<NotificationPreferences>;
type Save = (change: Change) => void;
interface Props {
  p: NotificationPreferences;
  save: Save;
}

const OFF = { toast: 'toastOff', desktop: 'desktopOff', mail: 'mailOff' } as const;

const without = <T,>(list: readonly T[], one: T): T[] => list.filter((x) => x !== one);

function Ways({ p, save }: Props) {
  const t = accountTexts.notifications;
  const set = (way: Way, topic: (typeof TOPICS)[number], on: boolean) => {
    const off = without(p[OFF[way]], topic);
    save({ [OFF[way]]: on ? off : [...off, topic] });
  };
  return (
    <table className="table notify-ways">
      <thead>
        <tr>
          <th scope="col">{t.kind}</th>
          {WAYS.map((way) => (
            <th key={way} scope="col">
              {t.ways[way]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {TOPICS.map((topic) => (
          <tr key={topic}>
            <th scope="row">{t.topics[topic]}</th>
            {WAYS.map((way) => (
              <td key={way}>
                <label>
                  <span className="notify-way">{t.ways[way]}</span>
                  <Switch
                    size="small"
                    checked={!p[OFF[way]].includes(topic)}
                    onChange={(_, on) => set(way, topic, on)}
                    slotProps={{
                      input: { 'aria-label': t.of({ kind: t.topics[topic], way: t.ways[way] }) },
                    }}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
        <tr>
          <th scope="row">{t.topics.security}</th>
          <td colSpan={WAYS.length} className="soft">
            {t.always}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

/** Kept when one leaves the field, not with each digit. */
function Clock(props: { label: string; value: string; onSave: (value: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextField
      type="time"
      label={props.label}
      value={typed ?? props.value}
      onChange={(e) => setTyped(e.target.value)}
      onBlur={() => {
        if (typed && typed !== props.value) props.onSave(typed);
        setTyped(null);
      }}
      slotProps={{ inputLabel: { shrink: true } }}
    />
  );
}

function QuietHours({ p, save }: Props) {
  const t = accountTexts.notifications;
  return (
    <>
      <h3>{t.quiet}</h3>
      <p className="account-text">{t.quietText({ zone: p.timeZone.replaceAll('_', ' ') })}</p>
      <FormControlLabel
        className="notify-switch"
        label={t.quietOn}
        control={<Switch size="small" checked={p.quiet} onChange={(_, quiet) => save({ quiet })} />}
      />
      {p.quiet && (
        <>
          <div className="notify-clocks">
            <Clock label={t.from} value={p.quietFrom} onSave={(quietFrom) => save({ quietFrom })} />
            <Clock label={t.to} value={p.quietTo} onSave={(quietTo) => save({ quietTo })} />
          </div>
          <fieldset className="notify-days">
            <legend className="account-text">{t.days}</legend>
            {DAYS.map((day) => {
              const on = p.quietDays.includes(day);
              return (
                <button
                  key={day}
                  type="button"
                  className="filter-chip"
                  aria-pressed={on}
                  // One is left, or the hours would never begin: the switch above is for that.
                  disabled={on && p.quietDays.length === 1}
                  onClick={() =>
                    save({ quietDays: on ? without(p.quietDays, day) : [...p.quietDays, day] })
                  }
                >
                  {t.day[day]}
                </button>
              );
            })}
          </fieldset>
          <FormControlLabel
            className="notify-switch"
            label={t.urgent}
            control={
              <Switch
                size="small"
                checked={p.urgentAnyway}
                onChange={(_, urgentAnyway) => save({ urgentAnyway })}
              />
            }
          />
        </>
      )}
    </>
  );
}

function Digest({ p, save }: Props) {
  const t = accountTexts.notifications;
  return (
    <>
      <h3>{t.digest}</h3>
      <p className="account-text">{p.mail ? t.digestText : t.noMail}</p>
      {p.mail && (
        <div className="notify-clocks">
          <TextField
            select
            label={t.digest}
            value={p.digest}
            onChange={(e) => save({ digest: e.target.value as NotificationPreferences['digest'] })}
          >
            {(['never', 'hourly', 'daily'] as const).map((d) => (
              <MenuItem key={d} value={d}>
                {t.digests[d]}
              </MenuItem>
            ))}
          </TextField>
          {p.digest === 'daily' && (
            <Clock
              label={t.digestAt}
              value={p.digestAt}
              onSave={(digestAt) => save({ digestAt })}
            />
          )}
        </div>
      )}
    </>
  );
}

export function Notifications() {
  const t = accountTexts.notifications;
  const { data, error, refresh } = useQuery<NotificationPreferences>(PREFERENCES, (signal) =>
    api.get(PREFERENCES_PATH, { signal }),
  );
  const save = (change: Change) => {
    if (!data) return;
    setQueryData<NotificationPreferences>(PREFERENCES, { ...data, ...change });
    api.patch<NotificationPreferences>(PREFERENCES_PATH, change).then(
      (kept) => setQueryData<NotificationPreferences>(PREFERENCES, kept),
      (caught: unknown) => {
        refresh();
        if (!(caught instanceof ApiError)) throw caught;
        toast({ title: t.notSaved, message: caught.message, tone: 'warning' });
      },
    );
  };
  return (
    <Section title={t.title}>
      <p className="account-text">{t.text}</p>
      {data ? (
        <>
          <Ways p={data} save={save} />
          <QuietHours p={data} save={save} />
          <Digest p={data} save={save} />
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : (
        <Bars rows={6} label={texts.loading} />
      )}
    </Section>
  );
}
