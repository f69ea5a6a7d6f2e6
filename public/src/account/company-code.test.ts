import { expect, it } from 'vitest';
import { codeFrom } from './company-code';

it.each([
  ['Northwind Heating', 'northwind-heating'],
  ['Müller & Söhne GmbH', 'muller-sohne-gmbh'],
  ['3 Brüder Łódź', 'bruder-lodz'],
  ['  Straße 7  ', 'strasse-7'],
  ['株式会社', ''],
  ['a'.repeat(50), 'a'.repeat(40)],
  [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
])('%s becomes %s', (name, code) => {
  expect(codeFrom(name)).toBe(code);
});
