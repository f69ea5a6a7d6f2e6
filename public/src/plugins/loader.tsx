/** Draws nothing: sees to it that the bundle of every enabled plugin is loaded. */
import { useEffect } from 'react';
import { loadBundle } from './bundle';
import { usePluginRegistry } from './registry';

export function PluginLoader() {
  const { installations, bundles, setBundle } = usePluginRegistry();
  useEffect(() => {
    for (const { state, ui } of installations) {
      if (state !== 'enabled' || !ui || bundles.has(ui.bundleUrl)) continue;
      setBundle(ui.bundleUrl, { module: null, error: null });
      loadBundle(ui).then(
        (module) => setBundle(ui.bundleUrl, { module, error: null }),
        (error: Error) => setBundle(ui.bundleUrl, { module: null, error: error.message }),
      );
    }
  }, [installations, bundles, setBundle]);
  return null;
}
