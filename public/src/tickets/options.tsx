/** The choices of a ticket's fields, for filters, the window and the form alike. */
import type { Priority, Team, TicketState, User } from '../api/types';
import { compareNames, texts } from '../text';
import { Avatar } from '../ui/avatar';
import type { Option } from '../ui/choice';
import { stateName } from '../ui/names';
import { PRIORITIES } from './filters';
import { PriorityMark, StateMark } from './marks';

export function stateOptions(states: readonly TicketState[]): Option<string>[] {
  return [...states]
    .sort((a, b) => a.position - b.position)
    .map((s) => ({
      value: s.key,
      label: stateName(s),
      mark: <StateMark state={s.key} closed={s.category === 'closed'} />,
    }));
}

export function priorityOptions(): Option<Priority>[] {
  return PRIORITIES.map((p) => ({
    value: p,
    label: texts.priority[p],
    mark: <PriorityMark priority={p} said={false} />,
  }));
}

/** "" is nobody. Somebody who left stays listed while a ticket still names them. */
export function assigneeOptions(
  users: readonly User[],
  meId: string,
  current?: { id: string | null; name: string | null },
): Option<string>[] {
  const options = users
    .filter((u) => u.active || u.id === current?.id)
    .sort((a, b) => Number(b.id === meId) - Number(a.id === meId) || compareNames(a.name, b.name))
    .map((u) => ({
      value: u.id,
      label: u.id === meId ? texts.tickets.meNamed({ name: u.name }) : u.name,
      mark: <Avatar name={u.name} id={u.id} />,
    }));
  if (current?.id && !options.some((o) => o.value === current.id))
    options.push({
      value: current.id,
      label: current.name ?? '?',
      mark: <Avatar name={current.name} id={current.id} />,
    });
  return [{ value: '', label: texts.tickets.nobody, mark: <Avatar name={null} /> }, ...options];
}

/** All members of a team, where a list is filtered. */
export const teamOptions = (teams: readonly Team[]): Option<string>[] =>
  teams.map((t) => ({ value: `team:${t.id}`, label: texts.tickets.team({ name: t.name }) }));
