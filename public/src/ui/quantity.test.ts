import { afterAll, describe, expect, it } from 'vitest';
import { setLanguage } from '../text';
import { clock, quantity } from './quantity';

describe('hours are read as on a clock', () => {
  it.each([
    [0, '0:00'],
    [0.02, '0:01'],
    [1.5, '1:30'],
    [1.999, '2:00'],
    [1234.25, '1,234:15'],
    [-0.5, '−0:30'],
    [-0.001, '0:00'],
  ])('%d', (hours, said) => expect(clock(hours)).toBe(said));
});

describe('values with a unit', () => {
  afterAll(() => setLanguage('en'));
  it.each([
    [12.345, '', '12.35'],
    [1.5, 'h', '1:30 h'],
    [12, 'ms', '12 ms'],
    [1536, 'bytes', '1.5 kB'],
    [0, 'bytes', '0 bytes'],
    [3, 'calls', '3 calls'],
    [50, '%', '50%'],
    [2, 'constructor', '2 constructor'],
  ])('%d %s', (n, unit, said) => expect(quantity(n, unit)).toBe(said));
  it('follow the language', async () => {
    await setLanguage('de');
    expect(quantity(1536.5, 'ms')).toBe('1.536,5 ms');
    expect(quantity(1536, 'bytes')).toBe('1,5 kB');
  });
});
