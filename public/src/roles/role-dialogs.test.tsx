// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from '../api/client';
import { clearQueries } from '../api/query';
import { setOwnRoles } from '../ui/names';
import type { Role } from './data';
import RoleDialog from './role-dialogs';

const NIGHT = {
  role: 'r0123456789ab',
  label: 'Night shift',
  description: null,
  builtIn: false,
  secondFactor: false,
  version: 3,
} as Role;
const close = vi.fn();

beforeEach(() => {
  close.mockClear();
  clearQueries();
  setOwnRoles({ [NIGHT.role]: NIGHT.label });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const people = (n: number) =>
  vi.spyOn(api, 'get').mockResolvedValue({ items: Array.from({ length: n }, () => ({})) });

it('a new role has a name, and begins with what is chosen', async () => {
  const post = vi.spyOn(api, 'post').mockResolvedValue(NIGHT);
  const user = userEvent.setup();
  render(<RoleDialog action={{ what: 'new' }} onClose={close} />);
  press('Create role');
  await screen.findByText('Enter a value.');
  expect(post).not.toHaveBeenCalled();
  await user.type(screen.getByRole('textbox', { name: /Name/ }), ' Desk ');
  await user.click(screen.getByRole('combobox', { name: 'Starts with' }));
  expect(screen.getAllByRole('option').map((o) => o.textContent)).toEqual([
    'No permissions',
    'Permissions of Technician',
    'Permissions of Dispatcher',
    'Permissions of Admin',
    'Permissions of Night shift',
  ]);
  await user.click(screen.getByRole('option', { name: 'Permissions of Dispatcher' }));
  press('Create role');
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(post).toHaveBeenCalledWith('/api/roles', {
    label: 'Desk',
    description: null,
    copyOf: 'Dispatcher',
  });
});

it('a role that people have is deleted with another one for them', async () => {
  people(2);
  const del = vi.spyOn(api, 'del').mockResolvedValue(undefined);
  const user = userEvent.setup();
  render(<RoleDialog action={{ what: 'delete', role: NIGHT }} onClose={close} />);
  await screen.findByText('2 people have this role. They get another one instead.');
  press('Delete');
  await screen.findByText('Choose a role');
  expect(del).not.toHaveBeenCalled();
  await user.click(screen.getByRole('combobox', { name: /Role they get instead/ }));
  await user.click(screen.getByRole('option', { name: 'Technician' }));
  press('Delete');
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(del).toHaveBeenCalledWith('/api/roles/r0123456789ab', {
    headers: { 'If-Match': '"3"' },
    query: { reassign: 'Technician' },
  });
});

it('one that nobody has needs no other', async () => {
  people(0);
  const del = vi.spyOn(api, 'del').mockResolvedValue(undefined);
  render(<RoleDialog action={{ what: 'delete', role: NIGHT }} onClose={close} />);
  await screen.findByText('Nobody has this role.');
  press('Delete');
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(del).toHaveBeenCalledWith('/api/roles/r0123456789ab', {
    headers: { 'If-Match': '"3"' },
    query: {},
  });
});
