import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

/** A room uses rooms before it, never one after it. README.md says what each is for. */
const ROOMS = [
  'text',
  'version',
  'api',
  'router',
  'events',
  'ui',
  'toasts',
  'auth',
  'plugins',
  'tickets',
  'kit',
  'people',
  'tokens',
  'account',
  'reports',
  'dashboard',
  'notify',
  'inbox',
  'forms',
  'roles',
  'webhooks',
  'company',
  'audit',
  'market',
  'manage',
  'system',
  'shell',
  'app',
  'system-app',
  'boot',
  'main',
  'system-main',
];
const SRC = __dirname;
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (f) => /\.tsx?$/.test(f) && !f.includes('.test.'),
);
const roomOf = (path: string) => path.split(/[/\\.]/)[0]!;

it.each(sources)('%s uses only rooms before its own', (file) => {
  const own = ROOMS.indexOf(roomOf(file));
  expect(own, `no room for ${file}`).toBeGreaterThanOrEqual(0);
  const text = readFileSync(join(SRC, file), 'utf8');
  for (const [, name] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    const used = roomOf(relative(SRC, resolve(SRC, dirname(file), name!)));
    expect(ROOMS.indexOf(used), `${file} imports ${name}`).toBeLessThanOrEqual(own);
  }
  expect(text, 'the whole of MUI').not.toMatch(/from '@mui\/material'/);
});
