/** Where one is among the pages of a plugin, for its components: see usePluginPath() of @mortise/sdk. */
import { createContext, useContext, useMemo, type ComponentProps } from 'react';
import { Link, navigate, usePlace } from '../router/router';
import { OwnPlugin } from './own-events';
import { addressOf } from './own-nav';

export interface OwnPlace {
  path: string;
  params: Readonly<Record<string, string>>;
}

export const OwnPlaceContext = createContext<OwnPlace | null>(null);
const NO_PARAMS = {};

function useOwnPlugin(): string {
  const key = useContext(OwnPlugin);
  if (!key) throw new Error('usePluginPath() and PluginLink are for components of plugins');
  return key;
}

const urlOf = (key: string, to: string): string => {
  const [path = '', rest = ''] = [/^[^?#]*/.exec(to)?.[0], /[?#].*$/.exec(to)?.[0]];
  return addressOf(key, path.startsWith('/') ? path : `/${path}`) + rest;
};

export function usePluginPath() {
  const key = useOwnPlugin();
  const own = useContext(OwnPlaceContext);
  const { query } = usePlace();
  return useMemo(
    () => ({
      path: own?.path ?? null,
      params: own?.params ?? NO_PARAMS,
      query,
      url: (to: string) => urlOf(key, to),
      go: (to: string, options?: { replace?: boolean }) => navigate(urlOf(key, to), options),
    }),
    [key, own, query],
  );
}

export function PluginLink({
  to,
  ...rest
}: Omit<ComponentProps<typeof Link>, 'to'> & { to: string }) {
  return <Link {...rest} to={urlOf(useOwnPlugin(), to)} />;
}
