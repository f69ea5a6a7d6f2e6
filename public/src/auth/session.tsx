/**
 * Who is signed in. A 401 of any request ends the session on this page; the address stays, so after
 * signing in again one is where one was. Other pages of the same browser follow.
 */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { ApiError, api, setUnauthorizedHandler } from '../api/client';
import { clearQueries } from '../api/query';
import { notePhoto, startPhotos } from '../api/photos';
import type { Me } from '../api/types';
import { endStream, events, useEvents, useResync } from '../events/live';
import { setClock } from '../text';
import { setOwnRoles } from '../ui/names';

export type SessionState =
  | { phase: 'loading' }
  | { phase: 'failed'; error: ApiError }
  | { phase: 'out'; expired: boolean }
  | { phase: 'in'; me: Me };

/** What may come behind the password. */
export interface StepWays {
  app: boolean;
  passkey: boolean;
}

interface Session {
  state: SessionState;
  /** What has to come as well; null = nothing. */
  signIn(email: string, password: string): Promise<StepWays | null>;
  /** Who chose a password by a link is signed in by the server. */
  enter(me: Me): void;
  signOut(): Promise<void>;
  retry(): void;
}

const Context = createContext<Session | null>(null);

/** What changes what people may: permissions of plugins come, go, and are given to roles. */
export const PERMISSION_CHANGES = [
  'RolesChanged',
  'PluginInstalled',
  'PluginUpgraded',
  'PluginRolledBack',
  'PluginEnabled',
  'PluginDisabled',
  'PluginUninstalled',
  'PluginQuarantined',
] as const;

const same = (a: Me, b: Me) => JSON.stringify(a) === JSON.stringify(b);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ phase: 'loading' });
  const others = useRef<BroadcastChannel | null>(null);
  // performance.now() of the last change of the session, Infinity while it is being ended. An answer to a request sent before
  // says nothing of the session that is there now; and nobody signs in before an old one's cookie is gone.
  const since = useRef(0);

  const load = useCallback(async () => {
    const sentAt = performance.now();
    try {
      const me = await api.get<Me>('/api/me');
      if (sentAt < since.current) return;
      setClock(me);
      notePhoto(me.id, me.photo ?? null);
      setOwnRoles(me.roleNames);
      setState((old) => {
        if (old.phase === 'in' && old.me.id !== me.id) clearQueries();
        if (old.phase === 'in' && same(old.me, me)) return old;
        return { phase: 'in', me };
      });
    } catch (error) {
      if (!(error instanceof ApiError) || sentAt < since.current) return;
      if (error.status === 401) setState({ phase: 'out', expired: false });
      else setState((old) => (old.phase === 'in' ? old : { phase: 'failed', error }));
    }
  }, []);

  useEffect(() => {
    setUnauthorizedHandler((sentAt) => {
      if (sentAt < since.current) return;
      setState((old) => (old.phase === 'in' ? { phase: 'out', expired: true } : old));
    });
    const channel = new BroadcastChannel('mortise-session');
    others.current = channel;
    channel.onmessage = () => void load();
    void load();
    return () => channel.close();
  }, [load]);

  const userId = state.phase === 'in' && !state.me.needsSecondFactor ? state.me.id : null;
  useEffect(() => {
    if (!userId) return;
    events.start();
    startPhotos(true);
    return () => {
      events.stop();
      startPhotos(false);
      clearQueries();
    };
  }, [userId]);

  const again = () => {
    if (userId) void load();
  };
  useEvents([...PERMISSION_CHANGES, 'TenantUpdated'], again);
  useResync(() => {
    startPhotos(userId !== null);
    again();
  });
  useEvents('UserUpdated', ({ data }) => {
    const { userId: whose, photo } = data as { userId: string; photo?: string | null };
    if (photo !== undefined) notePhoto(whose, photo);
  });

  const enter = useCallback((me: Me) => {
    since.current = performance.now();
    setClock(me);
    notePhoto(me.id, me.photo ?? null);
    setOwnRoles(me.roleNames);
    setState({ phase: 'in', me });
    others.current?.postMessage('changed');
  }, []);

  const session = useMemo<Session>(
    () => ({
      state,
      async signIn(email, password) {
        const { user, secondFactor = null } = await api.post<{
          user?: Me;
          secondFactor?: StepWays;
        }>('/api/auth/login', { email, password });
        if (user) enter(user);
        return secondFactor;
      },
      enter,
      async signOut() {
        // The server closes the session's stream before it answers; a client that is still listening would
        // try again, be refused, and take it for a session that has expired.
        const before = since.current;
        since.current = Infinity;
        await endStream();
        let left: { next?: string } | undefined;
        try {
          left = await api.post<{ next?: string } | undefined>('/api/auth/logout');
        } catch (error) {
          // Over already is as good as done.
          if (!(error instanceof ApiError) || error.status !== 401) {
            since.current = before;
            events.start();
            throw error;
          }
        }
        since.current = performance.now();
        setState({ phase: 'out', expired: false });
        others.current?.postMessage('changed');
        // The company's provider, which asks whether to sign out there as well.
        if (left?.next) location.assign(left.next);
      },
      retry() {
        setState({ phase: 'loading' });
        void load();
      },
    }),
    [state, load, enter],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('useSession() outside of SessionProvider');
  return session;
}

/** The signed-in person; only inside of the shell, where there is one. */
export function useMe(): Me {
  const { state } = useSession();
  if (state.phase !== 'in') throw new Error('useMe() while signed out');
  return state.me;
}

export function may(me: Me, permission: string): boolean {
  return me.permissions.includes(permission);
}
