import { afterEach, describe, expect, it } from 'vitest';
import { companyDayAt, dayAt, formatDate, formatDay, formatNumber, setClock } from '../text';
import { exactTime, relativeTime } from './time';

const now = Date.parse('2026-06-15T12:00:00Z');
const before = (minutes: number) => new Date(now - minutes * 60_000);

describe('relativeTime', () => {
  it.each([
    [0.5, 'now', 'just now'],
    [5, '5 min', '5 min ago'],
    [125, '2 h', '2 h ago'],
    [3 * 1440, '3 d', '3 d ago'],
  ])('%d minutes back', (minutes, column, sentence) => {
    expect(relativeTime(before(minutes), now)).toBe(column);
    expect(relativeTime(before(minutes), now, true)).toBe(sentence);
  });
  it('names the day when it is long ago, and the year when it was another', () => {
    expect(relativeTime(before(30 * 1440), now)).not.toMatch(/2026/);
    expect(relativeTime(before(400 * 1440), now)).toMatch(/2025/);
  });
});

describe('the company’s clock', () => {
  const TIME = { hour: 'numeric', minute: 'numeric', hourCycle: 'h23' } as const;
  afterEach(() => setClock({ timeZone: 'UTC' }));

  it('decides which day it is', () => {
    const late = new Date('2026-06-30T22:30:00Z');
    setClock({ timeZone: 'Europe/Berlin' });
    expect(dayAt(late)).toBe('2026-07-01');
    setClock({ timeZone: 'America/New_York' });
    expect(dayAt(late)).toBe('2026-06-30');
  });
  it('goes forward and back with summer time', () => {
    setClock({ timeZone: 'Europe/Berlin' });
    const at = (iso: string) => formatDate(new Date(iso), TIME);
    expect([at('2026-03-29T00:59:00Z'), at('2026-03-29T01:00:00Z')]).toEqual(['01:59', '03:00']);
    expect([at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')]).toEqual(['02:30', '02:30']);
    expect(dayAt(new Date('2026-03-28T23:00:00Z'))).toBe('2026-03-29');
    expect(dayAt(new Date('2026-03-29T22:00:00Z'))).toBe('2026-03-30');
  });
  it('says whose it is where it isn’t this computer’s', () => {
    setClock({ timeZone: 'Pacific/Auckland' });
    expect(exactTime('2026-06-30T22:30:00Z')).toMatch(/July 1, 2026.*10:30:00 AM .*(GMT\+12|NZST)/);
  });
  it('leaves a day what it is, on either side of the date line', () => {
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      setClock({ timeZone: zone });
      expect(formatDay('2026-06-15', { dateStyle: 'medium' })).toBe('Jun 15, 2026');
    }
  });
  it('names the year of a long time ago by it', () => {
    setClock({ timeZone: 'Europe/Berlin' });
    const year = new Date('2025-12-31T23:30:00Z');
    expect(relativeTime(year, Date.parse('2026-03-01T12:00:00Z'))).toBe('Jan 1');
  });
  it('stays what it was when the browser doesn’t know the new one', () => {
    setClock({ timeZone: 'Europe/Berlin' });
    setClock({ timeZone: 'Nowhere/Here' });
    expect(dayAt(new Date('2026-06-30T22:30:00Z'))).toBe('2026-07-01');
  });
});

describe('the person’s clock', () => {
  afterEach(() => setClock({ timeZone: 'UTC' }));

  it('is the person’s own before the company’s, whose days reports have', () => {
    const at = new Date('2026-06-30T22:30:00Z');
    setClock({ timeZone: 'Europe/Berlin', ownTimeZone: 'America/New_York' });
    expect([dayAt(at), companyDayAt(at)]).toEqual(['2026-06-30', '2026-07-01']);
    expect(formatDay('2026-06-15', { dateStyle: 'medium' })).toBe('Jun 15, 2026');
    setClock({ timeZone: 'Europe/Berlin', ownTimeZone: 'Nowhere/Here' });
    expect(dayAt(at)).toBe('2026-07-01');
  });
  it('writes dates and numbers as the person’s country does, or the company’s', () => {
    const at = new Date('2026-06-30T12:00:00Z');
    const said = () => [formatDate(at, { dateStyle: 'short' }), formatNumber(1234.5)];
    setClock({ timeZone: 'UTC', tenantLocale: 'de-DE' });
    expect(said()).toEqual(['30/06/2026', '1.234,5']);
    setClock({ timeZone: 'UTC', tenantLocale: 'de-DE', locale: 'en-GB' });
    expect(said()).toEqual(['30/06/2026', '1,234.5']);
  });
});
