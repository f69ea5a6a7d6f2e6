import { describe, expect, it } from 'vitest';
import type { NotificationPreferences } from '../api/types';
import { isQuiet, topicOf, waysOf } from './ways';

const BASE: NotificationPreferences = {
  toastOff: [],
  desktopOff: [],
  mailOff: [],
  quiet: true,
  quietFrom: '22:00',
  quietTo: '06:00',
  quietDays: ['mon'],
  urgentAnyway: true,
  digest: 'never',
  digestAt: '08:00',
  timeZone: 'Europe/Berlin',
  mail: false,
};

describe('isQuiet', () => {
  it.each([
    ['2026-11-23T21:59:00+01:00', {}, false],
    ['2026-11-23T22:00:00+01:00', {}, true],
    ['2026-11-24T05:59:00+01:00', {}, true],
    ['2026-11-24T06:00:00+01:00', {}, false],
    ['2026-11-24T23:00:00+01:00', {}, false],
    ['2026-11-23T03:00:00+01:00', { quietDays: ['sun'] as const }, true],
    ['2026-11-23T23:00:00+01:00', { timeZone: 'America/New_York' }, false],
    ['2026-11-23T22:30:00+01:00', { quiet: false }, false],
    [
      '2026-11-22T15:00:00+01:00',
      { quietFrom: '00:00', quietTo: '00:00', quietDays: ['sun'] as const },
      true,
    ],
    ['2026-11-23T13:00:00+01:00', { quietFrom: '12:00', quietTo: '13:30' }, true],
    // Summer time began at 2 in that night, winter time at 3 in the other.
    ['2026-03-29T03:59:00Z', { quietDays: ['sat'] as const }, true],
    ['2026-03-29T04:00:00Z', { quietDays: ['sat'] as const }, false],
    ['2026-10-25T04:59:00Z', { quietDays: ['sat'] as const }, true],
  ])('at %s with %j: %s', (at, more, quiet) =>
    expect(isQuiet({ ...BASE, ...more } as NotificationPreferences, new Date(at))).toBe(quiet),
  );
});

describe('waysOf', () => {
  const night = new Date('2026-11-23T23:00:00+01:00');
  const noon = new Date('2026-11-23T12:00:00+01:00');
  const from = (data: Record<string, unknown>, type = 'Notification') => ({ type, data });
  it('is silent in quiet hours, but for what is urgent', () => {
    expect(waysOf(BASE, from({ fromUserId: 'u' }), night)).toEqual({
      toast: false,
      desktop: false,
    });
    expect(waysOf(BASE, from({ priority: 'high' }), night)).toEqual({ toast: true, desktop: true });
    expect(waysOf(BASE, from({}, 'PasswordChanged'), night).toast).toBe(true);
    expect(waysOf({ ...BASE, urgentAnyway: false }, from({ priority: 'high' }), night).toast).toBe(
      false,
    );
  });
  it('goes by kind and way; what is no notification can’t be chosen', () => {
    const p = { ...BASE, toastOff: ['person' as const], desktopOff: ['plugin' as const] };
    expect(waysOf(p, from({ fromUserId: 'u' }), noon)).toEqual({ toast: false, desktop: true });
    expect(waysOf(p, from({ fromUserId: 'u', pluginKey: 'x' }), noon)).toEqual({
      toast: true,
      desktop: false,
    });
    expect(waysOf(p, from({}, 'UserCreated'), noon)).toEqual({ toast: true, desktop: true });
    expect(topicOf(from({ fromUserId: null }))).toBe('system');
  });
});
