import { expect, test } from 'vitest';
import type { CustomField } from '../api/types';
import { customChanges, customStart } from './custom-values';

const field = (key: string, type: CustomField['type']): CustomField => ({
  id: key,
  resource: 'tickets',
  key,
  label: key,
  help: null,
  type,
  options: [],
  required: false,
  inList: false,
  position: 0,
  version: 1,
  archivedAt: null,
  pluginKey: null,
  pluginName: null,
});
const FIELDS = [
  field('po', 'text'),
  field('n', 'number'),
  field('price', 'decimal'),
  field('paid', 'boolean'),
];

test('what stands in the form is what the ticket has', () => {
  const start = customStart(FIELDS, { po: 'A', n: 0, paid: false });
  expect(start).toEqual({
    'custom/po': 'A',
    'custom/n': '0',
    'custom/price': '',
    'custom/paid': 'false',
  });
  expect(customChanges(FIELDS, start, { po: 'A', n: 0, paid: false })).toEqual({});
});

test('only what differs is sent, in its type', () => {
  const typed = {
    'custom/po': '',
    'custom/n': ' 7 ',
    'custom/price': '1,5',
    'custom/paid': 'true',
  };
  expect(customChanges(FIELDS, typed, { po: 'A' })).toEqual({
    po: null,
    n: 7,
    price: 1.5,
    paid: true,
  });
});

test('what is no number is left to the server', () => {
  expect(customChanges(FIELDS, { 'custom/n': 'seven' }, {})).toEqual({ n: 'seven' });
});
