/** Names for what changed: fields and their values in words. */
import type { Priority, TicketState, User } from '../api/types';
import { texts } from '../text';
import { stateName } from '../ui/names';

interface Names {
  states: readonly TicketState[];
  users: readonly User[];
}

export function fieldName(field: string): string {
  return (texts.tickets.fieldNames as Record<string, string>)[field] ?? field;
}

export function valueName(field: string, value: unknown, { states, users }: Names): string {
  if (value === null || value === undefined || value === '')
    return field === 'assigneeId' ? texts.tickets.nobody : texts.tickets.nothing;
  const text = String(value);
  switch (field) {
    case 'state':
      return stateName(states.find((s) => s.key === text) ?? { key: text, label: text });
    case 'priority':
      return texts.priority[text as Priority] ?? text;
    case 'assigneeId':
      return users.find((u) => u.id === text)?.name ?? texts.tickets.somebody;
    default:
      return text;
  }
}
