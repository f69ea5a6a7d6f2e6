/** The checks of a package in their order, before, while and after they run. */
import type { FieldError } from '../api/client';
import type { PackageCheck } from '../api/types';
import { translate } from '../text';

export type CheckState = 'waiting' | 'running' | 'ok' | 'failed' | 'skipped';

/** In the order in which the server makes them. */
export const CHECKS = [
  'archive',
  'manifest',
  'files',
  'library',
  'imports',
  'migrations',
  'changelog',
  'screenshots',
  'signature',
  'trial load',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** Which check a fault belongs to, by where it points and by the message's key, which is the same in each language. */
export function checkAt(pointer: string | undefined, message = ''): CheckName {
  const path = pointer ?? '';
  if (path.startsWith('/signature')) return 'signature';
  if (path.startsWith('/manifest.json#/files')) return 'files';
  if (path.startsWith('/manifest.json')) return 'manifest';
  if (path.startsWith('/migrations')) return 'migrations';
  if (path === '/CHANGELOG.md') return 'changelog';
  if (path.startsWith('/screenshots')) return 'screenshots';
  if (/\.so$/.test(path)) {
    if (/import|symbol|forbidden/i.test(message)) return 'imports';
    return /load|routes|hook|crash|signal/i.test(message) ? 'trial load' : 'library';
  }
  return 'archive';
}

export const checkOf = (c: PackageCheck) => ({
  name: c.name,
  state: (c.ok ? 'ok' : 'failed') as CheckState,
  detail: c.detail && translate(c.detailText, c.detail),
});

/** What the server says while a package comes in: how many bytes have come (of 0: who knows), each check. */
export type CheckLine = PackageCheck | { name: 'download'; got: number; of: number };

export interface Incoming {
  got: number;
  of: number;
  checks: readonly PackageCheck[];
}

export const INCOMING: Incoming = { got: 0, of: 0, checks: [] };

export const withLine = (before: Incoming, line: CheckLine): Incoming =>
  'got' in line
    ? { ...before, got: line.got, of: line.of }
    : { ...before, checks: [...before.checks, line] };

/** While they are made: the first that the server has not reported is under way. */
export function checksUnderWay(made: readonly PackageCheck[]) {
  const next = CHECKS.find((name) => !made.some((c) => c.name === name));
  return CHECKS.map((name) => {
    const done = made.find((c) => c.name === name);
    return done
      ? checkOf(done)
      : { name, state: (name === next ? 'running' : 'waiting') as CheckState };
  });
}

/**
 * What a refusal says of each check. The server stops at the first check with faults when the next
 * ones need its result: those were not made.
 */
export function checksOfRefusal(faults: readonly FieldError[]) {
  const by = new Map<CheckName, FieldError[]>();
  for (const f of faults) {
    const name = checkAt(f.pointer, f.text?.key ?? f.detail);
    by.set(name, [...(by.get(name) ?? []), f]);
  }
  const last = Math.max(-1, ...[...by.keys()].map((n) => CHECKS.indexOf(n)));
  return CHECKS.map((name, i) => ({
    name,
    state: (by.has(name) ? 'failed' : i < last ? 'ok' : 'skipped') as CheckState,
    faults: by.get(name) ?? [],
  }));
}
