/** One entry of the audit log: who did what, and behind it what changed, from where, in which request. */
import { useState } from 'react';
import type { AuditEntry } from '../api/resources';
import { formatDate, formatDay, formatList, formatNumber } from '../text';
import { auditTexts } from '../text/audit';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { isRole, nameIn, roleName } from '../ui/names';
import { deadline, exactTime } from '../ui/time';
import { changesOf, type Change } from './data';

const FAILED = new Set(['signin.failed', 'signin.limited', 'signin.refused', 'plugin.quarantined']);

export function actorOf(entry: AuditEntry): string {
  const t = auditTexts.actors;
  const name = entry.actorName ?? '';
  switch (entry.actorKind) {
    case 'person':
    case 'service':
      return name;
    case 'command':
      return t.command({ name });
    case 'plugin':
      return t.plugin({ name });
    case 'database':
      return t.database({ name });
    default:
      return t[entry.actorKind];
  }
}

/** A person who acts for themself needs no second name. */
export const targetOf = (entry: AuditEntry): string | null =>
  entry.targetKind === 'role'
    ? isRole(entry.targetId ?? '')
      ? roleName(entry.targetId ?? '')
      : entry.targetName
    : entry.actorId !== null && entry.actorId === entry.targetId
      ? null
      : (entry.targetName ?? entry.targetId);

/** Of a company's hours and holidays. */
const isInterval = (v: unknown): v is { day: number; from: string; to: string } =>
  typeof v === 'object' && v !== null && 'day' in v && 'from' in v && 'to' in v;
const isHoliday = (v: unknown): v is { date: string; name: string } =>
  typeof v === 'object' && v !== null && 'date' in v && 'name' in v;
/** The 5th of January 2026 was a Monday. */
const weekday = (day: number): string =>
  formatDay(`2026-01-${String(day + 4).padStart(2, '0')}`, { weekday: 'short' });

/** A value as people read it. */
export function valueText(field: string, value: unknown): string {
  const t = auditTexts;
  if (value === undefined || value === null || value === '') return t.nothing;
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return t.nothing;
    const words = value.map((v) => (field === 'roles' ? roleName(String(v)) : valueText('', v)));
    return formatList(words, 'conjunction');
  }
  if (isInterval(value)) return `${weekday(value.day)} ${value.from}–${value.to}`;
  if (isHoliday(value)) return `${value.name} (${formatDay(value.date, { dateStyle: 'medium' })})`;
  if (typeof value !== 'string') return JSON.stringify(value);
  return field === 'expires' ? deadline(value) : nameIn(t.values, value);
}

function Comparison({ changes }: { changes: readonly Change[] }) {
  const t = auditTexts;
  return (
    <table className="table audit-changes">
      <thead>
        <tr>
          <td />
          <th scope="col">{t.before}</th>
          <th scope="col">{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((c) => (
          <tr key={c.field}>
            <th scope="row">{nameIn(t.fields, c.field)}</th>
            <td className="audit-before">{valueText(c.field, c.before)}</td>
            <td>{valueText(c.field, c.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Request({ id }: { id: string }) {
  const t = auditTexts;
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // A page that isn't served by https has no clipboard: the text can be copied by hand.
    void navigator.clipboard?.writeText(id).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <div>
      <dt>{t.request}</dt>
      <dd className="audit-request">
        <code>{id}</code>
        <Button onClick={copy} startIcon={<Icon name={copied ? 'check' : 'link'} size={14} />}>
          <span aria-live="polite">{copied ? t.copied : t.copy}</span>
        </Button>
      </dd>
    </div>
  );
}

/** What is known of it; where nothing was before, its values as well. */
function More({ entry }: { entry: AuditEntry }) {
  const t = auditTexts;
  const { changes, compares } = changesOf(entry);
  const values = compares
    ? []
    : changes.map((c) => [nameIn(t.fields, c.field), valueText(c.field, c.after)] as const);
  const facts = [
    ...values,
    [t.address, entry.address],
    [entry.actorKind === 'command' ? t.command : t.device, entry.agent],
    [t.place, entry.seq === null ? t.waiting : formatNumber(entry.seq)],
  ] as const;
  return (
    <div className="audit-more">
      {compares && <Comparison changes={changes} />}
      <dl className="audit-facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        {entry.requestId !== null && <Request id={entry.requestId} />}
      </dl>
    </div>
  );
}

export function EntryItem({ entry }: { entry: AuditEntry }) {
  const [opened, setOpened] = useState(false);
  const target = targetOf(entry);
  return (
    <li className="audit-entry" data-failed={FAILED.has(entry.action)}>
      <details onToggle={(e) => setOpened(e.currentTarget.open)}>
        <summary>
          <Icon name={opened ? 'down' : 'right'} size={14} />
          <span className="audit-what">
            <strong>{nameIn(auditTexts.actions, entry.action)}</strong>
            {target !== null && <span> {target}</span>}
          </span>
          <span className="audit-who soft">{actorOf(entry)}</span>
          <time className="soft number" dateTime={entry.at} title={exactTime(entry.at)}>
            {formatDate(new Date(entry.at), { timeStyle: 'short' })}
          </time>
        </summary>
        {opened && <More entry={entry} />}
      </details>
    </li>
  );
}
