// @vitest-environment jsdom
import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { Group, Role } from './data';

afterEach(cleanup);
beforeAll(() => {
  const listen = () => undefined;
  const wide = { matches: false, addEventListener: listen, removeEventListener: listen };
  vi.stubGlobal('matchMedia', () => wide);
});

const row = (label: string, granted: boolean) => ({
  name: `x:${label}`,
  label,
  description: null,
  cells: [
    { role: 'Admin', granted: true, fixed: true },
    { role: 'Technician', granted, fixed: false },
  ],
});
const roles = [{ role: 'Admin' }, { role: 'Technician' }] as Role[];
const nothing = () => undefined;
const groups = (b: boolean): Group[] => [
  {
    source: 'x',
    title: 'X',
    enabled: true,
    rows: [row('b', b), row('c', true), row('a', false)],
  },
];

it('sorts permissions within their group, and moves no row while its switches are changed', async () => {
  const { Matrix } = await import('./matrix');
  const view = render(
    <Matrix
      roles={roles}
      groups={groups(false)}
      onChange={nothing}
      onWho={nothing}
      menuOf={nothing}
    />,
  );
  const user = userEvent.setup();
  const labels = () =>
    screen
      .getAllByRole('rowheader')
      .flatMap((h) => h.querySelector('.roles-label')?.textContent ?? []);
  const head = (name: string) =>
    within(screen.getByRole('columnheader', { name })).getByRole('button');
  expect(labels()).toEqual(['b', 'c', 'a']);
  await user.click(head('Permission'));
  expect(labels()).toEqual(['a', 'b', 'c']);
  await user.click(head('Technician'));
  expect(labels()).toEqual(['c', 'b', 'a']);
  view.rerender(
    <Matrix
      roles={roles}
      groups={groups(true)}
      onChange={nothing}
      onWho={nothing}
      menuOf={nothing}
    />,
  );
  expect(labels()).toEqual(['c', 'b', 'a']);
  await user.click(head('Technician'));
  expect(labels()).toEqual(['a', 'b', 'c']);
});
