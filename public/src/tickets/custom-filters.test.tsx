// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import type { CustomField } from '../api/types';

vi.mock('../auth/session', () => ({
  useMe: () => ({ id: 'u1', permissions: [] }),
  may: () => true,
}));
vi.mock('./data', () => ({
  useUsers: () => [{ id: 'u2', name: 'Ben Ito', roles: [], active: true }],
}));
const { CustomChips, CustomFilters, endsOf, rangeOf } = await import('./custom-filters');

afterEach(cleanup);

const field = (key: string, type: CustomField['type'], options: string[] = []): CustomField => ({
  id: key,
  resource: 'tickets',
  key,
  label: key.toUpperCase(),
  help: null,
  type,
  options,
  required: false,
  inList: false,
  position: 0,
  version: 1,
  archivedAt: null,
  pluginKey: null,
  pluginName: null,
});
const FIELDS = [
  field('kind', 'choice', ['Repair', 'On site, large']),
  field('floor', 'number'),
  field('po', 'text'),
];

test('a range has two ends, of which one may be open', () => {
  expect(endsOf('1..3')).toEqual(['1', '3']);
  expect(endsOf('..3')).toEqual(['', '3']);
  expect(endsOf('2')).toEqual(['2', '2']);
  expect([rangeOf('', ''), rangeOf('1', ''), rangeOf('', '3'), rangeOf('2', '2')]).toEqual([
    '',
    '1..',
    '..3',
    '2',
  ]);
});

test('the dialog sets and clears all of them at once', async () => {
  const onChange = vi.fn();
  render(<CustomFilters custom={{ 'custom[po]': 'A-1' }} fields={FIELDS} onChange={onChange} />);
  await userEvent.click(screen.getByRole('button', { name: /Fields: 1/ }));
  await userEvent.clear(screen.getByLabelText('PO'));
  await userEvent.type(screen.getByLabelText('FLOOR from'), '-2');
  await userEvent.type(screen.getByLabelText('FLOOR to'), '1,5');
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }));
  expect(onChange).toHaveBeenCalledWith({
    'custom[kind]': null,
    'custom[floor]': '-2..1.5',
    'custom[po]': null,
  });
});

test('chips say what is chosen, and take a filter away whose field is gone', async () => {
  const onRemove = vi.fn();
  render(
    <ul>
      <CustomChips
        custom={{
          'custom[kind]': 'On site, large|none',
          'custom[floor]': '2..',
          'custom[old]': 'x',
        }}
        fields={FIELDS}
        onRemove={onRemove}
      />
    </ul>,
  );
  const chips = screen.getAllByRole('button').map((b) => b.textContent);
  expect(chips).toEqual(['KIND: On site, large, Not set', 'FLOOR: from 2', 'custom[old]: x']);
  await userEvent.click(screen.getByRole('button', { name: /custom\[old\]/ }));
  expect(onRemove).toHaveBeenCalledWith('custom[old]');
});
