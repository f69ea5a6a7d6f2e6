import { describe, expect, it } from 'vitest';
import { apiQuery, filtersOf, isFiltered, isSet, paramOf, sortParam } from './filters';

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
  it('of own fields are the API’s own words, also those of a view that was saved', () => {
    const filters = of('custom[kind]=Repair|On site, large&custom[floor]=1..3&custom[none]=');
    expect(filters.custom).toEqual({
      'custom[kind]': 'Repair|On site, large',
      'custom[floor]': '1..3',
    });
    expect(apiQuery(filters)).toMatchObject(filters.custom);
    expect(isFiltered(filters)).toBe(true);
  });
  it('have several values, each once', () => {
    const filters = of('state=new,on_hold,new&priority=high,urgent&assigneeId=me,none');
    expect(filters.state).toEqual(['new', 'on_hold']);
    expect(apiQuery(filters)).toMatchObject({
      state: 'new,on_hold',
      priority: 'high,urgent',
      assigneeId: 'me,none',
    });
    expect(isSet(filters, 'priority')).toBe(true);
  });
  it('stand in the address as they were read from it', () => {
    for (const state of ['all', 'closed', 'new,done']) {
      expect(paramOf('state', of(`state=${state}`).state)).toBe(state);
    }
    expect(paramOf('state', of('').state)).toBeNull();
    expect(paramOf('assigneeId', [])).toBeNull();
  });
  it('ignore an order that does not exist', () => {
    expect(of('sort=colour')).toMatchObject({ sort: 'updated', reversed: false });
    expect(of('sort=-colour')).toMatchObject({ sort: 'updated', reversed: false });
    expect(of('sort=priority').sort).toBe('priority');
  });
  it('know the other way of an order', () => {
    const filters = of('sort=-number');
    expect(filters).toMatchObject({ sort: 'number', reversed: true });
    expect(apiQuery(filters).sort).toBe('-number');
    expect(sortParam('number', true)).toBe('-number');
    expect(sortParam('updated', false)).toBeNull();
  });
  it('take blanks for no search', () => {
    expect(isFiltered(of('q=%20%20'))).toBe(false);
  });
});
