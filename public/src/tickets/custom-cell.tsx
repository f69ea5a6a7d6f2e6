/** A value of a field of the company's own: in words, and in the list. */
import type { CustomField, User } from '../api/types';
import { formatDay, formatNumber, texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { useUsers } from './data';

/** A value in words. */
export function customText(
  field: CustomField | undefined,
  value: unknown,
  users: readonly User[],
): string {
  if (value === null || value === undefined || value === '') return texts.tickets.nothing;
  switch (field?.type) {
    case 'boolean':
      return value === true ? ticketTexts.custom.yes : ticketTexts.custom.no;
    case 'number':
    case 'decimal':
      return typeof value === 'number'
        ? formatNumber(value, { maximumFractionDigits: 15 })
        : String(value);
    case 'date':
      return formatDay(String(value), { dateStyle: 'medium' });
    case 'person':
      return users.find((u) => u.id === value)?.name ?? texts.tickets.somebody;
    default:
      return String(value);
  }
}

const Words = ({ text }: { text: string }) => <span title={text}>{text}</span>;

function Person({ field, value }: { field: CustomField; value: unknown }) {
  return <Words text={customText(field, value, useUsers())} />;
}

export function CustomCell({ field, value }: { field: CustomField; value: unknown }) {
  if (value === null || value === undefined || value === '') return null;
  if (field.type === 'person') return <Person field={field} value={value} />;
  return <Words text={customText(field, value, [])} />;
}
