/** Which dialog is open on a page of plugins. */
import type { Installation, PluginPackage } from '../api/types';
import { InstallDialog, type InstallTarget } from './install-dialog';
import { RollbackDialog } from './rollback-dialog';
import { UninstallDialog } from './uninstall-dialog';

export type PluginDialog =
  | { what: 'install'; target: InstallTarget }
  | { what: 'uninstall'; plugin: Installation }
  | { what: 'rollback'; plugin: Installation }
  | null;

export function PluginDialogs(props: {
  dialog: PluginDialog;
  onClose: () => void;
  /** After an uninstallation. */
  onGone?: () => void;
}) {
  const { dialog, onClose } = props;
  switch (dialog?.what) {
    case 'install':
      return <InstallDialog target={dialog.target} onClose={onClose} />;
    case 'uninstall':
      return (
        <UninstallDialog
          plugin={dialog.plugin}
          onClose={(gone) => {
            onClose();
            if (gone) props.onGone?.();
          }}
        />
      );
    case 'rollback':
      return <RollbackDialog plugin={dialog.plugin} onClose={onClose} />;
    default:
      return null;
  }
}

/** What it takes to move an installation to another version, or to the newest that is offered. */
export const upgradeTarget = (
  plugin: Installation,
  version: string,
  packs: readonly PluginPackage[],
): InstallTarget => ({
  pluginKey: plugin.pluginKey,
  name: plugin.displayName,
  pack: packs.find((p) => p.key === plugin.pluginKey && p.version === version) ?? null,
  version,
  installation: plugin,
});
