import { describe, expect, it } from 'vitest';
import { relativeTime } from './time';

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
