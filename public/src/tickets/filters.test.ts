import { describe, expect, it } from 'vitest';
import { apiQuery, filtersOf, isFiltered } from './filters';

const of = (text: string) => filtersOf(new URLSearchParams(text));

describe('filters', () => {
  it('show what is open by default', () => {
    expect(apiQuery(of(''))).toEqual({
      state: 'open',
      priority: null,
      assigneeId: null,
      q: null,
      sort: 'updated',
    });
    expect(isFiltered(of(''))).toBe(false);
  });
  it('ask for no state when all are wanted', () => {
    expect(apiQuery(of('state=all')).state).toBeNull();
    expect(isFiltered(of('state=all'))).toBe(true);
  });
  it('ignore an order that does not exist', () => {
    expect(of('sort=colour').sort).toBe('updated');
    expect(of('sort=priority').sort).toBe('priority');
  });
  it('take blanks for no search', () => {
    expect(isFiltered(of('q=%20%20'))).toBe(false);
  });
});
