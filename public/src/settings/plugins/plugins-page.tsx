/** Settings -> Plugins: what is installed here, and what could be. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { ApiError, api } from '../../api/client';
import { invalidate, useQuery } from '../../api/query';
import type { Installation, Items, PluginPackage } from '../../api/types';
import { may, useMe } from '../../auth/session';
import { PluginCard, type PluginAction, type PluginTone } from '../../plugins/card';
import { usePluginRegistry } from '../../plugins/registry';
import { PluginSlot } from '../../plugins/slot';
import { Page } from '../../ui/page';
import { T } from '../../text';
import { toast } from '../../toasts/store';
import { Bars, Empty, ErrorState } from '../../ui/states';
import { InstallDialog, RemoveDialog } from './dialogs';
import { PackageDetails } from './package-details';
import { Upload } from './upload';
import './settings.css';

const ENABLE_DEADLINE_MS = 60_000;

type Asking =
  | { what: 'install'; pack: PluginPackage }
  | { what: 'uninstall'; plugin: Installation }
  | { what: 'delete'; pack: PluginPackage }
  | null;

function chipOf(plugin: Installation): { label: string; tone: PluginTone } {
  if (plugin.quarantined) return { label: T.plugins.quarantined, tone: 'warn' };
  const tones: Record<string, PluginTone> = { enabled: 'good', disabled: 'quiet' };
  return {
    label: T.plugins.states[plugin.state] ?? plugin.state,
    tone: tones[plugin.state] ?? 'busy',
  };
}

function InstalledRow(props: {
  plugin: Installation;
  pack: PluginPackage | undefined;
  ask: (asking: Asking) => void;
}) {
  const { plugin, pack } = props;
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const chip = chipOf(plugin);
  const turn = async (to: 'enable' | 'disable') => {
    setBusy(true);
    try {
      await api.post(`/api/plugins/installations/${plugin.id}/${to}`, undefined, {
        deadline: ENABLE_DEADLINE_MS,
      });
    } catch (error) {
      toast({
        title: T.plugins.turnFailed[to](plugin.displayName),
        message: error instanceof ApiError ? error.message : undefined,
        tone: 'error',
      });
    }
    invalidate('plugins/');
    setBusy(false);
  };
  const settled = plugin.state === 'enabled' || plugin.state === 'disabled';
  // Enabling is what takes a plugin out of quarantine.
  const off = plugin.state === 'disabled' || plugin.quarantined;
  const actions: PluginAction[] = settled
    ? [
        {
          label: T.plugins.uninstall,
          danger: true,
          run: () => props.ask({ what: 'uninstall', plugin }),
        },
      ]
    : [];
  return (
    <PluginCard
      name={plugin.displayName}
      description={plugin.description}
      icon={plugin.icon}
      facts={[plugin.version, T.plugins.statusNames(plugin.status)]}
      chip={busy ? { label: T.plugins.working, tone: 'busy' } : chip}
      primary={
        settled && (
          <Button
            variant="outlined"
            disabled={busy}
            onClick={() => void turn(off ? 'enable' : 'disable')}
            aria-label={(off ? T.plugins.enableNamed : T.plugins.disableNamed)(plugin.displayName)}
          >
            {off ? T.plugins.enable : T.plugins.disable}
          </Button>
        )
      }
      actions={actions}
      expanded={open}
      onToggle={() => setOpen(!open)}
    >
      {plugin.quarantineReason && <p>{T.plugins.quarantineReason(plugin.quarantineReason)}</p>}
      <PluginSlot
        id="plugin.config"
        pluginKey={plugin.pluginKey}
        slotProps={{ pluginKey: plugin.pluginKey, installationId: plugin.id }}
      />
      {pack && <PackageDetails pack={pack} />}
    </PluginCard>
  );
}

function CatalogRow(props: {
  pack: PluginPackage;
  installed: boolean;
  fresh: boolean;
  ask: (asking: Asking) => void;
}) {
  const { pack, installed } = props;
  const me = useMe();
  const [open, setOpen] = useState(props.fresh);
  const actions: PluginAction[] =
    may(me, 'plugins:upload') && !installed
      ? [{ label: T.plugins.remove, danger: true, run: () => props.ask({ what: 'delete', pack }) }]
      : [];
  return (
    <PluginCard
      name={pack.displayName}
      description={pack.description}
      icon={null}
      facts={[pack.version, T.plugins.statusNames(pack.status)]}
      {...(installed && { chip: { label: T.plugins.installed, tone: 'quiet' as const } })}
      primary={
        !installed && (
          <Button
            variant="contained"
            onClick={() => props.ask({ what: 'install', pack })}
            aria-label={T.plugins.installNamed(pack.displayName)}
          >
            {T.plugins.install}
          </Button>
        )
      }
      actions={actions}
      expanded={open}
      onToggle={() => setOpen(!open)}
    >
      <PackageDetails pack={pack} />
    </PluginCard>
  );
}

function Questions({ asking, onClose }: { asking: Asking; onClose: () => void }) {
  switch (asking?.what) {
    case 'install':
      return <InstallDialog pack={asking.pack} onClose={onClose} />;
    case 'uninstall':
      return (
        <RemoveDialog
          title={T.plugins.uninstallTitle(asking.plugin.displayName)}
          text={T.plugins.uninstallText}
          confirm={T.plugins.uninstall}
          path={`/api/plugins/installations/${asking.plugin.id}`}
          onClose={onClose}
        />
      );
    case 'delete':
      return (
        <RemoveDialog
          title={T.plugins.removeTitle(asking.pack.displayName)}
          text={T.plugins.removeText}
          confirm={T.plugins.remove}
          path={`/api/plugins/catalog/${encodeURIComponent(asking.pack.key)}`}
          onClose={onClose}
        />
      );
    default:
      return null;
  }
}

export default function PluginsPage() {
  const me = useMe();
  const registry = usePluginRegistry();
  const catalog = useQuery<Items<PluginPackage>>('plugins/catalog', (signal) =>
    api.get('/api/plugins/catalog', { signal }),
  );
  const [asking, setAsking] = useState<Asking>(null);
  // The answer to an upload says what was checked; the catalogue doesn't keep that.
  const [fresh, setFresh] = useState<PluginPackage | null>(null);
  const { installations } = registry;
  const packs = catalog.data?.items;
  const error =
    (registry.installations.length === 0 && registry.error) || (!packs && catalog.error);
  return (
    <Page title={T.plugins.title}>
      <div className="settings">
        {may(me, 'plugins:upload') && <Upload onUploaded={setFresh} />}
        {error ? (
          <ErrorState
            error={error}
            onRetry={() => {
              registry.refresh();
              catalog.refresh();
            }}
          />
        ) : registry.loading || !packs ? (
          <Bars rows={6} label={T.loading} />
        ) : (
          <>
            <section aria-labelledby="installed-title">
              <h2 id="installed-title">
                {T.plugins.installedTitle}{' '}
                <span className="number soft">{installations.length}</span>
              </h2>
              {installations.length === 0 ? (
                <p className="soft settings-none">{T.plugins.noneInstalled}</p>
              ) : (
                <ul className="plugin-rows">
                  {installations.map((plugin) => (
                    <InstalledRow
                      key={plugin.id}
                      plugin={plugin}
                      pack={packs.find(
                        (p) => p.key === plugin.pluginKey && p.version === plugin.version,
                      )}
                      ask={setAsking}
                    />
                  ))}
                </ul>
              )}
            </section>
            <section aria-labelledby="catalog-title">
              <h2 id="catalog-title">
                {T.plugins.catalogTitle} <span className="number soft">{packs.length}</span>
              </h2>
              {packs.length === 0 ? (
                <Empty
                  icon="plugin"
                  title={T.plugins.noneInCatalog}
                  text={
                    may(me, 'plugins:upload')
                      ? T.plugins.noneInCatalogUpload
                      : T.plugins.noneInCatalogText
                  }
                />
              ) : (
                <ul className="plugin-rows">
                  {packs.map((pack) => (
                    <CatalogRow
                      key={pack.sha256}
                      pack={pack.sha256 === fresh?.sha256 ? { ...pack, ...fresh } : pack}
                      installed={installations.some((i) => i.pluginKey === pack.key)}
                      fresh={pack.sha256 === fresh?.sha256}
                      ask={setAsking}
                    />
                  ))}
                </ul>
              )}
            </section>
          </>
        )}
      </div>
      <Questions asking={asking} onClose={() => setAsking(null)} />
    </Page>
  );
}
