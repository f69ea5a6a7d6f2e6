/** Shows its children only while a plugin is installed and enabled here. */
import type { ReactNode } from 'react';
import { useIsPluginInstalled } from './registry';

export function PluginGate(props: {
  pluginKey: string;
  children: ReactNode;
  fallback?: ReactNode;
  loading?: ReactNode;
}) {
  const { isInstalled, loading } = useIsPluginInstalled(props.pluginKey);
  if (loading) return <>{props.loading ?? null}</>;
  return <>{isInstalled ? props.children : (props.fallback ?? null)}</>;
}
