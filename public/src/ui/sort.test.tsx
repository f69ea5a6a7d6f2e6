// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { SortBy, sorted, SortHead, useSorting } from './sort';

afterEach(cleanup);
vi.mock('./themed', () => ({ default: ({ children }: { children: React.ReactNode }) => children }));

it.each([
  [['b', 'Ä', 'a'], false, ['a', 'Ä', 'b']],
  [[2, 10, 1], true, [10, 2, 1]],
  [[null, 2, undefined, 3], false, [2, 3, null, undefined]],
  [[null, 2, undefined, 3], true, [3, 2, null, undefined]],
])('%j, down %s: what is unknown comes last', (items, down, order) =>
  expect(sorted<string | number | null | undefined>(items, (i) => i, { down })).toEqual(order),
);

function Table() {
  const { sorting, onSort } = useSorting<'name' | 'age'>('name');
  const people = [
    { name: 'Tom', age: 30 },
    { name: 'Ann', age: 40 },
  ];
  const options = [
    { value: 'name', label: 'Name' },
    { value: 'age', label: 'Age' },
  ] as const;
  return (
    <>
      <SortBy options={options} sorting={sorting} onSort={onSort} />
      <table>
        <thead>
          <tr>
            <SortHead by="name" sorting={sorting} onSort={onSort}>
              Name
            </SortHead>
            <SortHead by="age" sorting={sorting} onSort={onSort}>
              Age
            </SortHead>
          </tr>
        </thead>
        <tbody>
          {sorted(people, (p) => p[sorting.by], sorting).map((p) => (
            <tr key={p.name}>
              <td>{p.name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

it('sorts by a head, and by the same one again the other way round', async () => {
  render(<Table />);
  const user = userEvent.setup();
  const names = () => screen.getAllByRole('cell').map((c) => c.textContent);
  const order = (name: string) =>
    screen.getByRole('columnheader', { name }).getAttribute('aria-sort');
  expect([names(), order('Name'), order('Age')]).toEqual([['Ann', 'Tom'], 'ascending', null]);
  await user.click(screen.getByRole('button', { name: 'Age' }));
  expect([names(), order('Name'), order('Age')]).toEqual([['Tom', 'Ann'], null, 'ascending']);
  await user.keyboard('{Enter}');
  expect([names(), order('Age')]).toEqual([['Ann', 'Tom'], 'descending']);
});

it('sorts by a choice where there are no heads, in both directions', async () => {
  render(<Table />);
  const user = userEvent.setup();
  const names = () => screen.getAllByRole('cell').map((c) => c.textContent);
  const down = () => screen.getByRole('button', { name: 'Descending order' });
  await user.click(screen.getByRole('button', { name: 'Sort by: Name' }));
  await user.click(await screen.findByRole('option', { name: 'Age' }));
  expect([names(), down().ariaPressed]).toEqual([['Tom', 'Ann'], 'false']);
  await user.click(down());
  expect([names(), down().ariaPressed]).toEqual([['Ann', 'Tom'], 'true']);
});
