/** Draws nothing: sees to it that the bundles are loaded that a place on the page needs, and those that name no place:
 * what they do can only be done by being there. Those of plugins that one depends on come before its own. */
import { useEffect } from 'react';
import type { Installation } from '../api/types';
import { loadBundle } from './bundle';
import { usePluginRegistry } from './registry';

const isOn = (i: Installation) => i.state === 'enabled' && i.ui !== null;

/** What it depends on, each before those that need it. */
function before(
  plugin: Installation,
  all: readonly Installation[],
  seen = new Set<string>([plugin.pluginKey]),
): Installation[] {
  return (plugin.dependencies ?? []).flatMap(({ key }) => {
    const other = all.find((i) => i.pluginKey === key && isOn(i));
    if (!other || seen.has(key)) return [];
    seen.add(key);
    return [...before(other, all, seen), other];
  });
}

/** One after the other; one that can't be loaded holds up nobody. */
const inTurn = (plugins: readonly Installation[]): Promise<unknown> =>
  plugins.reduce<Promise<unknown>>(
    (turn, { ui }) => turn.then(() => ui && loadBundle(ui)).catch(() => {}),
    Promise.resolve(),
  );

export function PluginLoader() {
  const { installations, bundles, setBundle, wanted } = usePluginRegistry();
  useEffect(() => {
    const begun = new Set<string>();
    const begin = ({ ui }: Installation, after: readonly Installation[]) => {
      if (!ui || bundles.has(ui.bundleUrl) || begun.has(ui.bundleUrl)) return;
      begun.add(ui.bundleUrl);
      setBundle(ui.bundleUrl, { module: null, error: null });
      inTurn(after)
        .then(() => loadBundle(ui))
        .then(
          (module) => setBundle(ui.bundleUrl, { module, error: null }),
          (error: Error) => setBundle(ui.bundleUrl, { module: null, error: error.message }),
        );
    };
    for (const plugin of installations) {
      if (!isOn(plugin)) continue;
      if (plugin.ui?.slots.length && !wanted.has(plugin.ui.bundleUrl)) continue;
      const needed = before(plugin, installations);
      needed.forEach((other, i) => begin(other, needed.slice(0, i)));
      begin(plugin, needed);
    }
  }, [installations, bundles, setBundle, wanted]);
  return null;
}
