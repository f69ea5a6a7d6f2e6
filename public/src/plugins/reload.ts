/** Loads interfaces of plugins once more, on every open page of the company: after their author changed one, or when
 * it went astray. */
import { useCallback } from 'react';
import { ApiError, api } from '../api/client';
import type { Installation } from '../api/types';
import { pluginTexts } from '../text/plugins';
import { toast } from '../toasts/store';

export type Reload = (plugin: Installation | null) => Promise<void>;

/** null = of all plugins. The pages, this one as well, do it when the event comes (registry.tsx). */
export function useReload(): Reload {
  return useCallback(async (plugin) => {
    try {
      await api.post('/api/plugins/reload', { pluginKey: plugin?.pluginKey ?? null });
      toast({
        title: plugin
          ? pluginTexts.reloaded({ name: plugin.displayName })
          : pluginTexts.reloadedAll,
        tag: `plugin ${plugin?.pluginKey ?? ''}`,
      });
    } catch (e) {
      toast({
        title: pluginTexts.reloadFailed,
        message: e instanceof ApiError ? e.message : undefined,
        tone: 'error',
      });
    }
  }, []);
}
