/** Values of the company's own fields, between a ticket and the fields of a form. */
import type { CustomField } from '../api/types';

/** As the server names a fault: /custom/poNumber. */
export const customName = (field: CustomField) => `custom/${field.key}`;

export const customStart = (fields: readonly CustomField[], custom: Record<string, unknown>) =>
  Object.fromEntries(
    fields.map((field) => {
      const value = custom[field.key];
      return [customName(field), value === undefined || value === null ? '' : String(value)];
    }),
  );

/** What isn't a number is sent as it was typed, and the server says so. */
function valueOf(field: CustomField, typed: string): unknown {
  const text = typed.trim();
  if (!text) return null;
  if (field.type === 'boolean') return text === 'true';
  if (field.type !== 'number' && field.type !== 'decimal') return text;
  const number = Number(text.replace(',', '.'));
  return Number.isFinite(number) ? number : text;
}

/** What differs from `custom`; null takes a value away. */
export function customChanges(
  fields: readonly CustomField[],
  values: Record<string, string>,
  custom: Record<string, unknown>,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const field of fields) {
    const value = valueOf(field, values[customName(field)] ?? '');
    if (value !== (custom[field.key] ?? null)) changes[field.key] = value;
  }
  return changes;
}
