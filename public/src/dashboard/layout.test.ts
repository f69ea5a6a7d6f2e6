import { describe, expect, it } from 'vitest';
import { keptOf, moved, resized, shownOf, type Widget } from './layout';

const widget = (id: string, initial = false): Widget => ({
  id,
  title: id,
  size: 'small',
  initial,
});
const ALL = [widget('mine', true), widget('states'), widget('parts:low-stock', true)];
const small = (...ids: string[]) => ids.map((id) => ({ id, size: 'small' as const }));

describe('a dashboard', () => {
  it('begins with the initial widgets', () => {
    expect(shownOf(null, ALL)).toEqual(small('mine', 'parts:low-stock'));
  });

  it('shows what was arranged, and nothing when that is nothing', () => {
    expect(shownOf(small('states', 'mine'), ALL)).toEqual(small('states', 'mine'));
    expect(shownOf([], ALL)).toEqual([]);
  });

  it('keeps the place of a widget whose plugin is away', () => {
    const saved = small('mine', 'gone:x', 'states');
    expect(shownOf(saved, ALL)).toEqual(small('mine', 'states'));
    expect(keptOf(small('states', 'mine'), saved, ALL)).toEqual(small('states', 'gone:x', 'mine'));
    expect(keptOf([], saved, ALL)).toEqual(small('gone:x'));
    expect(keptOf(small('mine'), null, ALL)).toEqual(small('mine'));
  });

  it('moves and resizes one, and nothing beyond its ends', () => {
    const list = small('a', 'b', 'c');
    expect(moved(list, 'c', 0)).toEqual(small('c', 'a', 'b'));
    expect(moved(list, 'a', 1)).toEqual(small('b', 'a', 'c'));
    expect(moved(list, 'a', -1)).toEqual(list);
    expect(moved(list, 'c', 3)).toEqual(list);
    expect(moved(list, 'x', 1)).toEqual(list);
    expect(resized(list, 'b', 'wide')[1]).toEqual({ id: 'b', size: 'wide' });
  });
});
