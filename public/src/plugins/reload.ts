/** Loads a plugin's interface once more: after its author changed it, or when it went astray. */
import { useCallback } from 'react';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { forgetBundle } from './bundle';
import { usePluginRegistry } from './registry';

export function useReload(): (pluginKey: string) => void {
  const { installations, setBundle, refresh } = usePluginRegistry();
  return useCallback(
    (pluginKey) => {
      const plugin = installations.find((i) => i.pluginKey === pluginKey);
      if (!plugin?.ui) return;
      forgetBundle(plugin.ui.bundleUrl);
      // The loader sees that it is missing and fetches it.
      setBundle(plugin.ui.bundleUrl, null);
      refresh();
      toast({
        title: texts.plugins.reloaded({ name: plugin.displayName }),
        tag: `plugin ${pluginKey}`,
      });
    },
    [installations, setBundle, refresh],
  );
}
