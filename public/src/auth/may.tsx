/**
 * What the signed-in person may, for what is drawn: the server decides again at every request. Names
 * are the core's ("tickets:read") or a plugin's own ("time-clock:clock").
 */
import type { ReactNode } from 'react';
import { may, useMe } from './session';

/** No permission wanted is a yes. */
export function useMay(permission: string | null | undefined): boolean {
  const me = useMe();
  return !permission || may(me, permission);
}

export function May(props: {
  permission: string | null | undefined;
  children: ReactNode;
  /** For those who may not. */
  fallback?: ReactNode;
}) {
  return <>{useMay(props.permission) ? props.children : (props.fallback ?? null)}</>;
}
