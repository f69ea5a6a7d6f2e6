import { describe, expect, it } from 'vitest';
import { statesChosen } from './toolbar';

describe('states of the filter', () => {
  it.each([
    ['a state in place of a group', ['open'], ['open', 'new'], ['new']],
    ['several states', ['new'], ['new', 'on_hold'], ['new', 'on_hold']],
    ['a group in place of states', ['new', 'on_hold'], ['new', 'on_hold', 'closed'], ['closed']],
    ['the other group', ['open'], ['open', 'closed'], ['closed']],
    ['all', ['new'], ['new', 'all'], []],
    ['a state in place of all', ['all'], ['all', 'new'], ['new']],
    ['none any more', ['open'], [], []],
    ['one less', ['new', 'done'], ['new'], ['new']],
  ])('%s', (_, before, next, chosen) => expect(statesChosen(before, next)).toEqual(chosen));
});
