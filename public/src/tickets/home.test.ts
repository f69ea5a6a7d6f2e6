import { expect, it } from 'vitest';
import { homeOf } from './home';

it.each([
  [['tickets:read:own', 'tickets:write:own', 'users:read'], '/tickets?assigneeId=me&sort=priority'],
  [['tickets:read', 'tickets:write:own', 'notifications:send'], '/tickets'],
  [['tickets:read'], '/tickets'],
  [[], '/tickets'],
])('who may %o begins at %s', (permissions, path) => expect(homeOf({ permissions })).toBe(path));
