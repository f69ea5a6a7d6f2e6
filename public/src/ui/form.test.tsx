// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { postNotificationsUser, postTickets, postUsers, postViews } from '../api/resources';
import { ChoiceInput, FormError, TextInput, useServerForm } from './form';
import { faultOf, faultsOf } from './rules';

afterEach(cleanup);

const problem = (errors: { pointer: string; detail: string }[]) =>
  new ApiError({ type: '/problems/fields', title: 'Wrong', status: 422, detail: 'Not so', errors });

function Invite({ send }: { send: (body: object) => Promise<unknown> }) {
  const of = useServerForm({
    start: { name: '', email: '', roles: ['Technician'] },
    rules: postUsers,
    body: ({ name, ...rest }) => ({ ...rest, name: name.trim() }),
    send,
  });
  return (
    <form noValidate onSubmit={(e) => void of.submit(e)}>
      <TextInput of={of} name="name" label="Name" />
      <TextInput of={of} name="email" label="Email" />
      <FormError of={of} />
      <button>Send</button>
    </form>
  );
}

const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name });
const write = (name: string, text: string) =>
  fireEvent.change(field(name), { target: { value: text } });
const press = () => fireEvent.click(screen.getByRole('button', { name: 'Send' }));
const describedBy = (el: HTMLElement) =>
  document.getElementById(el.getAttribute('aria-describedby') ?? '')?.textContent;

it('sends nothing while a field is wrong: it says why, and the first one has the focus', async () => {
  const send = vi.fn(() => Promise.resolve());
  render(<Invite send={send} />);
  write('Name', '  ');
  write('Email', 'ann');
  press();
  await screen.findByText('Enter a value.');
  expect(describedBy(field('Name'))).toBe('Enter a value.');
  expect(field('Name').getAttribute('aria-invalid')).toBe('true');
  expect(describedBy(field('Email'))).toContain('name@example.com');
  await waitFor(() => expect(document.activeElement).toBe(field('Name')));
  write('Name', 'Ann ');
  await waitFor(() => expect(screen.queryByText('Enter a value.')).toBeNull());
  write('Email', 'ann@example.com');
  press();
  await waitFor(() =>
    expect(send).toHaveBeenCalledWith({
      name: 'Ann',
      email: 'ann@example.com',
      roles: ['Technician'],
    }),
  );
});

it('puts what the server says at its fields, and the rest below', async () => {
  const errors = [
    { pointer: '/email', detail: 'Somebody has this address' },
    { pointer: '/active', detail: 'Unknown' },
  ];
  render(<Invite send={() => Promise.reject(problem(errors))} />);
  write('Name', 'Ann');
  write('Email', 'ann@example.com');
  press();
  await screen.findByText('Somebody has this address');
  expect(describedBy(field('Email'))).toBe('Somebody has this address');
  screen.getByText('Unknown');
  expect(screen.queryByText('Not so')).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(field('Email')));
});

it('moves the focus to a choice that is missing, and says so there', async () => {
  function Notify() {
    const of = useServerForm({
      start: { targetUserId: '', title: '', message: 'Hello' },
      rules: postNotificationsUser,
      body: ({ targetUserId, ...rest }) => ({ ...rest, ...(targetUserId && { targetUserId }) }),
      send: () => Promise.resolve(),
    });
    return (
      <form noValidate onSubmit={(e) => void of.submit(e)}>
        <ChoiceInput of={of} name="targetUserId" label="Person" options={[]} />
        <TextInput of={of} name="title" label="Title" />
        <button>Send</button>
      </form>
    );
  }
  render(<Notify />);
  press();
  const choice = screen.getByRole('button', { name: /Person/ });
  await waitFor(() => expect(document.activeElement).toBe(choice));
  expect(describedBy(choice)).toBe('Select one of the choices.');
  expect(describedBy(field('Title'))).toBe('Enter a value.');
});

it('leaves to the server what is no field here', async () => {
  function Save({ query }: { query: string }) {
    const of = useServerForm({
      start: { name: 'Mine' },
      rules: postViews,
      body: ({ name }) => ({ name, query }),
      send: () => Promise.reject(problem([{ pointer: '/query', detail: 'Too many filters' }])),
    });
    return (
      <form noValidate onSubmit={(e) => void of.submit(e)}>
        <TextInput of={of} name="name" label="Name" />
        <FormError of={of} />
        <button>Send</button>
      </form>
    );
  }
  render(<Save query={'q'.repeat(1001)} />);
  press();
  await screen.findByText('Too many filters');
});

it('says what belongs to no field once, and sends once however often it is pressed', async () => {
  let refuse: (e: ApiError) => void = () => {};
  const send = vi.fn(() => new Promise((_, reject) => (refuse = reject)));
  render(<Invite send={send} />);
  write('Name', 'Ann');
  write('Email', 'ann@example.com');
  press();
  press();
  await waitFor(() => expect(send).toHaveBeenCalled());
  press();
  refuse(problem([]));
  await screen.findByText('Not so');
  expect(send).toHaveBeenCalledTimes(1);
});

it.each([
  [{ title: '' }, { title: 'Enter a value.' }],
  [{}, { title: 'Enter a value.' }],
  [{ title: 'ü'.repeat(200) }, {}],
  [{ title: '😀'.repeat(200) }, {}],
  [{ title: 'x'.repeat(201) }, { title: 'Enter at most 200 characters.' }],
  [{ title: 'x', priority: 'soon' }, { priority: 'Select one of the choices.' }],
  [{ title: 'x', assigneeId: null }, {}],
])('a new ticket with %j', (body, faults) => expect(faultsOf(postTickets, body)).toEqual(faults));

it('has the limits of numbers, lists, addresses and patterns', () => {
  expect(faultOf({ type: 'integer', min: 1, max: 9 }, 0)).toBe('Enter 1 or more.');
  expect(faultOf({ type: 'integer', min: 1, max: 9 }, 10)).toBe('Enter 9 or less.');
  expect(faultOf({ type: 'decimal' }, 'many')).toBe('Enter a number.');
  expect(faultOf({ type: 'array', min: 1 }, [])).toBe('Select at least one.');
  expect(faultOf({ type: 'url' }, 'ftp://x')).toContain('https://');
  expect(faultOf({ type: 'text', pattern: '[A-Z]+', patternHelp: 'Capitals.' }, 'a')).toBe(
    'Capitals.',
  );
  expect(faultOf({ type: 'text', pattern: '(' }, 'a')).toBeNull();
});
