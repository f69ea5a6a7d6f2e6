// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { asDeclared } from './plugin-settings';
import type { Setting } from './types';

const of = (type: Setting['type']): Setting => ({ key: 'x', label: 'X', type });

test.each([
  ['number', '30', 30],
  ['number', '', ''],
  ['number', 'many', 'many'],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['text', 'true', 'true'],
  ['text', '30', '30'],
] as const)('a field’s text for a %s: %j', (type, sent, stored) =>
  expect(asDeclared(of(type), sent)).toBe(stored),
);

test('what is not declared is stored as it is', () =>
  expect(asDeclared(undefined, '30')).toBe('30'));
