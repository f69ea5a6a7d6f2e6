// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router-dom';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { SettingsForm, type SettingsFormProps } from './settings-form';
import type { Configuration } from './types';

afterEach(cleanup);

const CONFIG: Configuration = {
  schema: [
    { key: 'name', label: 'Name', type: 'text', required: true, max: 5, help: 'Of the desk.' },
    { key: 'count', label: 'Count', type: 'number', min: 1, max: 10 },
    { key: 'note', label: 'Note', type: 'textarea' },
    { key: 'token', label: 'Token', type: 'secret', required: true },
  ],
  values: { name: 'Desk', count: 3, note: null, token: { set: true } },
  version: 4,
  configured: true,
  testable: true,
};

function show(props: Partial<SettingsFormProps> = {}, configuration = CONFIG) {
  const all: SettingsFormProps = {
    configuration,
    people: [],
    onSave: vi.fn(() => Promise.resolve()),
    onReset: vi.fn(() => Promise.resolve()),
    onGenerate: () => Promise.resolve(''),
    onTest: () => Promise.resolve({ success: true, message: 'Reached' }),
    onReload: () => Promise.resolve(),
    ...props,
  };
  let set: (next: SettingsFormProps) => void = () => {};
  function Harness() {
    const [props, setProps] = useState(all);
    set = setProps;
    return <SettingsForm {...props} />;
  }
  render(<RouterProvider router={createMemoryRouter([{ path: '/', element: <Harness /> }])} />);
  return {
    ...all,
    change: (next: Partial<SettingsFormProps>) => act(() => set({ ...all, ...next })),
  };
}

const field = (name: string) => screen.getByLabelText<HTMLInputElement>(new RegExp(`^${name}`));
const write = (name: string, text: string) =>
  fireEvent.change(field(name), { target: { value: text } });
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const save = () => press('Save');
const describedBy = (el: HTMLElement) =>
  el
    .getAttribute('aria-describedby')!
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent)
    .join(' ');

it('sends nothing while something is wrong: that stands at the fields, and the first has the focus', async () => {
  const { onSave } = show();
  write('Count', '50');
  write('Name', 'Desktop');
  save();
  await screen.findByText('2 settings need attention.');
  expect(onSave).not.toHaveBeenCalled();
  const name = field('Name');
  await waitFor(() => expect(document.activeElement).toBe(name));
  expect(name.getAttribute('aria-invalid')).toBe('true');
  expect(describedBy(name).trim()).toBe('Enter at most 5 characters. Of the desk.');
  write('Name', 'Hall');
  await screen.findByText('1 setting needs attention.');
});

it('puts what the server says at its fields, and the rest below', async () => {
  const errors = [
    { pointer: '/values/count', detail: 'Too many' },
    { pointer: '/values/count', detail: 'Second' },
    { pointer: '/values/other', detail: 'Unknown' },
  ];
  const problem = { type: '/problems/fields', title: 'Wrong', status: 422, errors };
  const onSave = vi.fn(() => Promise.reject(new ApiError(problem)));
  show({ onSave });
  write('Note', 'new');
  save();
  await screen.findByText('Too many');
  expect(screen.queryByText('Second')).toBeNull();
  screen.getByText('Unknown');
  expect(onSave).toHaveBeenCalledWith({ name: 'Desk', count: 3, note: 'new' }, 4);
  await waitFor(() => expect(document.activeElement).toBe(field('Count')));
  write('Count', '4');
  await waitFor(() => expect(screen.queryByText('Too many')).toBeNull());
});

it('keeps what was changed here when somebody else has saved', async () => {
  const { change } = show();
  write('Count', '5');
  const values = { ...CONFIG.values, name: 'Hall', count: 7 };
  change({ configuration: { ...CONFIG, version: 5, values } });
  await waitFor(() => expect(field('Name').value).toBe('Hall'));
  expect(field('Count').value).toBe('5');
  screen.getByText('Unsaved changes');
  press('Discard');
  await waitFor(() => expect(field('Count').value).toBe('7'));
});

it('takes what was stored, and has nothing unsaved then', async () => {
  const onSave = vi.fn(() => {
    change({
      configuration: { ...CONFIG, version: 5, values: { ...CONFIG.values, name: 'Hall' } },
    });
    return Promise.resolve();
  });
  const { change } = show({ onSave });
  write('Name', 'Hall ');
  save();
  await waitFor(() => expect(field('Name').value).toBe('Hall'));
  await waitFor(() =>
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true),
  );
});

it('brings back what was typed before, and hands on what is typed without its secrets', async () => {
  const onDraft = vi.fn();
  show({ draft: { note: 'left' }, onDraft });
  await waitFor(() => expect(field('Note').value).toBe('left'));
  press('Replace Token');
  const token = screen.getByLabelText('New value for Token');
  fireEvent.change(token, { target: { value: 'geheim' } });
  expect(onDraft.mock.lastCall![0]).toMatchObject({ note: 'left', token: { mode: 'keep' } });
  press('Discard');
  expect(onDraft.mock.lastCall).toEqual([null]);
});

it('needs a required secret unless it is there', async () => {
  const { onSave } = show({}, { ...CONFIG, values: { ...CONFIG.values, token: { set: false } } });
  write('Note', 'x');
  save();
  await screen.findByText('Enter a value.');
  await waitFor(() =>
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Set Token' })),
  );
  expect(onSave).not.toHaveBeenCalled();
});
