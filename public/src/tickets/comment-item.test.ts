import { describe, expect, it } from 'vitest';
import { mayChange } from './comment-item';

const who = (id: string, roles: string[], permissions = ['tickets:read', 'tickets:write']) => ({
  id,
  roles,
  permissions,
});
const comment = { authorId: 'ann' };

describe('a comment is changed', () => {
  it('by its author', () => {
    expect(mayChange(who('ann', ['Technician']), comment)).toBe(true);
    expect(mayChange(who('bob', ['Technician']), comment)).toBe(false);
    expect(mayChange(who('bob', ['Dispatcher']), comment)).toBe(false);
  });
  it('by administrators', () => {
    expect(mayChange(who('bob', ['Admin']), comment)).toBe(true);
    expect(mayChange(who('bob', ['SystemAdmin']), comment)).toBe(true);
  });
  it('by nobody who may not write', () => {
    expect(mayChange(who('ann', ['Technician'], ['tickets:read']), comment)).toBe(false);
  });
});
