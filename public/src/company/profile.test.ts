import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTRIES, CURRENCIES } from './codes';
import {
  copied,
  dayName,
  holidaysFault,
  hoursFault,
  nextInterval,
  toSent,
  toWritten,
  type Company,
} from './profile';

const at = (day: number, from: string, to: string) => ({ day, from, to });

describe('codes', () => {
  it('are those that the server takes', () => {
    const source = readFileSync(`${__dirname}/../../../fcgi/base/codes.c`, 'utf8');
    const listOf = (name: string) =>
      [...source.matchAll(new RegExp(`${name}\\[\\] =([^;]*);`, 'g'))][0]![1]!.match(/[A-Z]+/g);
    expect(COUNTRIES).toEqual(listOf('COUNTRIES'));
    expect(CURRENCIES).toEqual(listOf('CURRENCIES'));
  });
});

describe('hours', () => {
  it('begin with a working day, go on behind a break, and end with the day', () => {
    expect(nextInterval([], 1)).toEqual(at(1, '08:00', '17:00'));
    expect(nextInterval([at(1, '08:00', '12:00')], 1)).toEqual(at(1, '13:00', '17:00'));
    expect(nextInterval([at(1, '08:00', '21:00')], 1)).toEqual(at(1, '22:00', '24:00'));
    expect(nextInterval([at(1, '08:00', '23:00')], 1)).toBeNull();
  });
  it('are copied to weekdays, and leave the weekend', () => {
    const hours = [at(3, '09:00', '12:00'), at(3, '13:00', '15:00'), at(6, '10:00', '12:00')];
    const all = copied([...hours, at(1, '00:00', '24:00')], 3);
    expect(all).toHaveLength(11);
    expect(all.filter((h) => h.day === 1)).toEqual([
      at(1, '09:00', '12:00'),
      at(1, '13:00', '15:00'),
    ]);
    expect(all.at(-1)).toEqual(at(6, '10:00', '12:00'));
  });
  it('say what is wrong and on which day', () => {
    expect(dayName(1)).toBe('Monday');
    expect(dayName(7)).toBe('Sunday');
    expect(hoursFault([at(2, '08:00', '12:00'), at(2, '12:00', '24:00')])).toBeNull();
    expect(hoursFault([at(2, '08:00', '')])).toBe('Tuesday: enter both times');
    expect(hoursFault([at(2, '12:00', '08:00')])).toBe('Tuesday: hours must end after they begin');
    expect(hoursFault([at(2, '10:00', '12:00'), at(2, '08:00', '10:01')])).toBe(
      'Tuesday: these hours overlap',
    );
  });
});

describe('holidays', () => {
  it('have a date and a name, once each', () => {
    const feast = { date: '2026-12-25', name: 'Christmas', yearly: true };
    expect(holidaysFault([feast])).toBeNull();
    expect(holidaysFault([{ ...feast, name: ' ' }])).toMatch(/date and a name/);
    expect(holidaysFault([feast, { ...feast, name: 'X' }])).toBe(
      'Two holidays are on Dec 25, 2026',
    );
  });
});

it('what is not filled in is nothing', () => {
  const written = toWritten({
    name: 'A',
    timeZone: 'UTC',
    city: null,
    hours: [],
  } as unknown as Company);
  expect(written.city).toBe('');
  expect(toSent({ ...written, holidays: [], phone: ' ' })).toMatchObject({
    name: 'A',
    city: null,
    phone: null,
  });
});
