/** The plugin's own panel, if it brings one, and the form of its settings. */
import { M } from '../text/manage';
import { PluginSlot } from '../plugins/slot';
import { useSlot } from '../plugins/registry';
import { Empty } from '../ui/states';
import type { Installation } from '../api/types';

export function Settings({ plugin }: { plugin: Installation }) {
  const own = useSlot('plugin.config').filter((c) => c.pluginKey === plugin.pluginKey);
  const hasForm = (plugin.settingsSchema ?? []).length > 0;
  if (!hasForm && own.length === 0)
    return <Empty icon="settings" title={M.noSettings} text={M.noSettingsText} />;
  return (
    <>
      <PluginSlot
        id="plugin.config"
        pluginKey={plugin.pluginKey}
        slotProps={{ pluginKey: plugin.pluginKey, installationId: plugin.id }}
      />
    </>
  );
}
