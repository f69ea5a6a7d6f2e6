/** Draws nothing: sees to it that the bundles are loaded that a place on the page needs, and those that name no place:
 * what they do can only be done by being there. */
import { useEffect } from 'react';
import { loadBundle } from './bundle';
import { usePluginRegistry } from './registry';

export function PluginLoader() {
  const { installations, bundles, setBundle, wanted } = usePluginRegistry();
  useEffect(() => {
    for (const { state, ui } of installations) {
      if (state !== 'enabled' || !ui || bundles.has(ui.bundleUrl)) continue;
      if (ui.slots.length > 0 && !wanted.has(ui.bundleUrl)) continue;
      setBundle(ui.bundleUrl, { module: null, error: null });
      loadBundle(ui).then(
        (module) => setBundle(ui.bundleUrl, { module, error: null }),
        (error: Error) => setBundle(ui.bundleUrl, { module: null, error: error.message }),
      );
    }
  }, [installations, bundles, setBundle, wanted]);
  return null;
}
