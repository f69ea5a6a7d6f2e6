/** Which dialog is open on a page of plugins. */
import type { Installation, PluginPackage } from '../api/types';
import { InstallDialog, type InstallWish } from './install-dialog';
import { RollbackDialog } from './rollback-dialog';
import { UninstallDialog } from './uninstall-dialog';

export type Asking =
  | { what: 'install'; wish: InstallWish }
  | { what: 'uninstall'; plugin: Installation }
  | { what: 'rollback'; plugin: Installation }
  | null;

export function Questions(props: {
  asking: Asking;
  onClose: () => void;
  /** After an uninstallation. */
  onGone?: () => void;
}) {
  const { asking, onClose } = props;
  switch (asking?.what) {
    case 'install':
      return <InstallDialog wish={asking.wish} onClose={onClose} />;
    case 'uninstall':
      return (
        <UninstallDialog
          plugin={asking.plugin}
          onClose={(gone) => {
            onClose();
            if (gone) props.onGone?.();
          }}
        />
      );
    case 'rollback':
      return <RollbackDialog plugin={asking.plugin} onClose={onClose} />;
    default:
      return null;
  }
}

/** The wish to move an installation to another version, or to the newest that is offered. */
export const upgradeWish = (
  plugin: Installation,
  version: string,
  packs: readonly PluginPackage[],
): InstallWish => ({
  pluginKey: plugin.pluginKey,
  name: plugin.displayName,
  pack: packs.find((p) => p.key === plugin.pluginKey && p.version === version) ?? null,
  version,
  installation: plugin,
});
