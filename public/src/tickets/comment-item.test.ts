import { describe, expect, it } from 'vitest';
import { mayChange } from './comment-item';

const WRITES = ['tickets:read', 'tickets:write', 'tickets:write:own'];
const who = (id: string, permissions = WRITES) => ({ id, permissions });
const comment = { authorId: 'ann' };

describe('a comment is changed', () => {
  it('by its author', () => {
    expect(mayChange(who('ann'), comment)).toBe(true);
    expect(mayChange(who('bob'), comment)).toBe(false);
    expect(mayChange(who('bob', [...WRITES, 'notifications:send']), comment)).toBe(false);
  });
  it('by who manages the company', () => {
    expect(mayChange(who('bob', [...WRITES, 'company:manage']), comment)).toBe(true);
  });
  it('by nobody who may not write', () => {
    expect(mayChange(who('ann', ['tickets:read']), comment)).toBe(false);
    expect(mayChange(who('ann', ['tickets:read', 'company:manage']), comment)).toBe(false);
  });
});
