import { expect, it } from 'vitest';
import { ApiError } from '../api/client';
import {
  changedKeys,
  draftOf,
  faultsFrom,
  faultsOf,
  numberOf,
  rebase,
  sentOf,
  shownDefault,
  withoutSecrets,
} from './draft';
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

it('begins with what is stored, and then nothing has changed', () => {
  expect(draft.count).toBe('3');
  expect(draft.note).toBe('');
  expect(draft.token).toEqual({ mode: 'keep' });
  expect(changedKeys(config, draft)).toEqual([]);
  expect(changedKeys(config, { ...draft, days: ['tue', 'mon'] })).toEqual([]);
  expect(
    changedKeys(config, { ...draft, days: ['tue'], token: { mode: 'set', text: '' } }),
  ).toEqual(['days', 'token']);
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
  ['name', '', 'A value is needed.'],
  ['name', 'desk', 'A capital first.'],
  ['name', 'Desktop', 'At most 5 characters.'],
  ['count', 'x', 'A number is needed.'],
  ['count', '0', 'At least 1.'],
  ['count', '10.5', 'At most 10.'],
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

it('puts the server’s faults at their fields', () => {
  const error = new ApiError({
    type: '/problems/fields',
    title: 'Wrong',
    status: 422,
    errors: [
      { pointer: '/values/count', detail: 'too many' },
      { pointer: '/values/count', detail: 'second' },
      { pointer: '/values/other', detail: 'unknown' },
      { pointer: '/version', detail: 'bad' },
    ],
  });
  expect(faultsFrom(error, schema)).toEqual({
    faults: { count: 'too many' },
    rest: ['unknown', 'bad'],
  });
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

it('keeps what was changed here when somebody else has saved', () => {
  const theirs: Configuration = {
    ...config,
    version: 5,
    values: { ...config.values, name: 'Theirs', count: 7, sign: { set: true } },
  };
  const mine = rebase(config, theirs, { ...draft, count: '5' });
  expect(mine.count).toBe('5');
  expect(mine.name).toBe('Theirs');
  expect(changedKeys(theirs, mine)).toEqual(['count']);
});
