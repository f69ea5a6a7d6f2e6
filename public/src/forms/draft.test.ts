import { expect, it } from 'vitest';
import { draftOf, faultsOf, numberOf, sentOf, shownDefault, withoutSecrets } from './draft';
import type { Configuration, Setting } from './types';

const schema: Setting[] = [
  {
    key: 'name',
    label: 'Name',
    type: 'text',
    required: true,
    default: 'Desk',
    pattern: '[A-Z].*',
    patternHelp: 'A capital first.',
    max: 5,
  },
  { key: 'note', label: 'Note', type: 'textarea' },
  { key: 'count', label: 'Count', type: 'number', min: 1, max: 10 },
  { key: 'active', label: 'Active', type: 'boolean' },
  { key: 'level', label: 'Level', type: 'select', options: [{ value: 'low', label: 'Low' }] },
  {
    key: 'days',
    label: 'Days',
    type: 'multi-select',
    options: [
      { value: 'mon', label: 'Monday' },
      { value: 'tue', label: 'Tuesday' },
    ],
  },
  { key: 'server', label: 'Server', type: 'url' },
  { key: 'mail', label: 'Mail', type: 'email' },
  { key: 'owner', label: 'Owner', type: 'user' },
  { key: 'token', label: 'Token', type: 'secret', required: true, min: 4 },
  { key: 'sign', label: 'Sign', type: 'generated-secret' },
];
const config: Configuration = {
  schema,
  values: {
    name: 'Desk',
    note: null,
    count: 3,
    active: true,
    level: 'low',
    days: ['mon', 'tue'],
    server: null,
    mail: null,
    owner: null,
    token: { set: true },
    sign: { set: false },
  },
  version: 4,
  configured: true,
  testable: true,
};
const draft = draftOf(config);

it('begins with what is stored, choices in their order', () => {
  expect(draft.count).toBe('3');
  expect(draft.note).toBe('');
  expect(draft.token).toEqual({ mode: 'keep' });
  expect(draftOf({ ...config, values: { ...config.values, days: ['tue', 'mon'] } })).toEqual(draft);
});

it('sends everything but secrets that stay', () => {
  expect(sentOf(schema, draft)).toEqual({
    name: 'Desk',
    note: '',
    count: 3,
    active: true,
    level: 'low',
    days: ['mon', 'tue'],
    server: null,
    mail: null,
    owner: null,
  });
  expect(sentOf(schema, { ...draft, token: { mode: 'remove' } }).token).toBeNull();
  expect(sentOf(schema, { ...draft, token: { mode: 'set', text: ' x ' } }).token).toBe(' x ');
  expect(sentOf(schema, { ...draft, count: '' }).count).toBeNull();
  expect(sentOf(schema, { ...draft, count: 'many' }).count).toBe('many');
});

it.each([
  ['3', 3],
  [' -2 ', -2],
  ['1,5', 1.5],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1e3', 1000],
  ['', null],
  ['1,000,000', null],
  ['0x10', null],
  ['Infinity', null],
  ['1e999', null],
  ['3 4', null],
])('reads %j as the number %j', (text, n) => expect(numberOf(text)).toBe(n));

it('finds nothing wrong with what is stored', () => expect(faultsOf(config, draft)).toEqual({}));

it.each([
  ['name', '', 'Enter a value.'],
  ['name', 'desk', 'A capital first.'],
  ['name', 'Desktop', 'Enter at most 5 characters.'],
  ['count', 'x', 'Enter a number.'],
  ['count', '0', 'Enter 1 or more.'],
  ['count', '10.5', 'Enter 10 or less.'],
  ['server', 'example.com', 'https://'],
  ['server', 'https://', 'https://'],
  ['server', 'ftp://x', 'https://'],
  ['mail', 'me', 'name@example.com'],
  ['mail', 'a@b@c', 'name@example.com'],
])('%s can’t be %j', (key, value, text) =>
  expect(faultsOf(config, { ...draft, [key]: value })[key]).toContain(text),
);

it('needs a required secret, and lets a stored one be', () => {
  expect(faultsOf(config, { ...draft, token: { mode: 'remove' } })).toHaveProperty('token');
  expect(faultsOf(config, { ...draft, token: { mode: 'set', text: '' } })).toHaveProperty('token');
  expect(faultsOf(config, { ...draft, token: { mode: 'set', text: 'abc' } })).toHaveProperty(
    'token',
  );
  expect(
    faultsOf({ ...config, values: { ...config.values, token: { set: false } } }, draft),
  ).toHaveProperty('token');
});

it('leaves a pattern that this browser can’t read to the server', () => {
  const odd: Configuration = {
    ...config,
    schema: [{ key: 'x', label: 'X', type: 'text', pattern: '(' }],
    values: { x: 'a' },
  };
  expect(faultsOf(odd, { x: 'a' })).toEqual({});
});

it('keeps no typed secret', () => {
  const kept = withoutSecrets(schema, {
    ...draft,
    name: 'New',
    token: { mode: 'set', text: 'geheim' },
  });
  expect(JSON.stringify(kept)).not.toContain('geheim');
  expect(kept.name).toBe('New');
});

it('says defaults in people’s words', () => {
  expect(shownDefault({ ...schema[4]!, default: 'low' })).toBe('Low');
  expect(shownDefault({ ...schema[5]!, default: ['mon', 'tue'] })).toBe('Monday, Tuesday');
  expect(shownDefault({ ...schema[3]!, default: false })).toBe('Off');
  expect(shownDefault(schema[1]!)).toBeNull();
});
