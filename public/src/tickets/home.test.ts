import { expect, it } from 'vitest';
import { homeOf } from './home';

it.each([
  [['tickets:read', 'tickets:write', 'users:read'], '/tickets?assigneeId=me&sort=priority'],
  [['tickets:read', 'tickets:write', 'notifications:send'], '/tickets'],
  [['tickets:read'], '/tickets'],
  [[], '/tickets'],
])('who may %o begins at %s', (permissions, path) => expect(homeOf({ permissions })).toBe(path));
