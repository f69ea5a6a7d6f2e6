/** What is installed here: how it stands, and the most common things to do. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { ApiError } from '../api/client';
import type { Installation } from '../api/types';
import { PluginCard, type PluginAction } from '../plugins/card';
import { usePluginRegistry } from '../plugins/registry';
import { navigate } from '../router/router';
import { compareNames } from '../text';
import { pluginTexts } from '../text/plugins';
import type { Texts as PluginTexts } from '../text/types/plugins';
import { toast } from '../toasts/store';
import { Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { upgradeTarget, type PluginDialog } from './dialogs';
import { setEnabled, useCatalog, useMarket } from './calls';
import { problemText } from './operation';
import { Exports } from './exports';
import { needsAttention, newerVersion } from './find';
import { CardBones } from './market-tab';
import { chipOf, isOff, isSettled, quarantineText } from './state';
import { stepText, useHurry, useStep } from './steps';
import { TrustBadge } from './trust';
import type { MarketEntry } from './types';

export type MineState = keyof PluginTexts['states'];

const FILTERS: Record<
  MineState,
  (i: Installation, entries: readonly MarketEntry[] | undefined) => boolean
> = {
  all: () => true,
  enabled: (i) => i.state === 'enabled',
  disabled: (i) => i.state === 'disabled',
  updates: (i, entries) => newerVersion(i, entries) !== null,
  trouble: needsAttention,
};

const byName = (a: Installation, b: Installation) => compareNames(a.displayName, b.displayName);
const SORTS: Record<string, (a: Installation, b: Installation) => number> = {
  name: byName,
  recent: (a, b) => b.installedAt.localeCompare(a.installedAt) || byName(a, b),
  attention: (a, b) => Number(needsAttention(b)) - Number(needsAttention(a)) || byName(a, b),
};

/** Enables or disables, and tells of a failure where the button was. */
export function useSetEnabled(plugin: Installation | null) {
  const [busy, setBusy] = useState(false);
  useHurry(busy);
  const run = async (to: 'enable' | 'disable') => {
    if (!plugin || busy) return;
    setBusy(true);
    try {
      await setEnabled(plugin.id, to);
    } catch (error) {
      toast({
        title: pluginTexts.failed[to]({ name: plugin.displayName }),
        message: error instanceof ApiError ? problemText(error) : undefined,
        tone: 'error',
      });
    }
    setBusy(false);
  };
  return { busy, run };
}

function MineCard({
  plugin,
  openDialog,
}: {
  plugin: Installation;
  openDialog: (dialog: PluginDialog) => void;
}) {
  const step = useStep(plugin.pluginKey);
  const catalog = useCatalog();
  const { busy, run } = useSetEnabled(plugin);
  const off = isOff(plugin);
  const settled = isSettled(plugin) && !step && !busy;
  const newer = newerVersion(plugin, useMarket().data?.items);
  const manage = `/plugins/${plugin.pluginKey}/manage`;
  const actions: PluginAction[] = [
    { label: pluginTexts.manage, run: () => navigate(manage) },
    {
      label: off ? pluginTexts.enable : pluginTexts.disable,
      disabled: !settled,
      run: () => void run(off ? 'enable' : 'disable'),
    },
    ...(plugin.canRollback && plugin.previousVersion
      ? [
          {
            label: pluginTexts.rollbackTo({ v: plugin.previousVersion }),
            disabled: !settled,
            run: () => openDialog({ what: 'rollback', plugin }),
          },
        ]
      : []),
    {
      label: pluginTexts.uninstall.confirm,
      danger: true,
      disabled: !settled,
      run: () => openDialog({ what: 'uninstall', plugin }),
    },
  ];
  return (
    <PluginCard
      name={plugin.displayName}
      to={manage}
      icon={plugin.icon}
      description={plugin.quarantined ? quarantineText(plugin) : plugin.description}
      facts={
        <>
          {plugin.version} · {pluginTexts.since} <Time iso={plugin.installedAt} ago />
        </>
      }
      badges={
        <span className="badges">
          <TrustBadge trust={plugin.trust} />
        </span>
      }
      chip={step || busy ? { label: stepText(step), tone: 'busy' } : chipOf(plugin)}
      primary={
        settled &&
        (newer ? (
          <Button
            variant="contained"
            aria-label={pluginTexts.updateTo({ name: plugin.displayName, v: newer })}
            // Without the list of packages here it would look for this one in the marketplace.
            disabled={!catalog.data && !catalog.error}
            onClick={() =>
              openDialog({
                what: 'install',
                target: upgradeTarget(plugin, newer, catalog.data?.items ?? []),
              })
            }
          >
            {pluginTexts.update({ v: newer })}
          </Button>
        ) : (
          <Button
            variant="outlined"
            aria-label={pluginTexts.manageNamed({ name: plugin.displayName })}
            onClick={() => navigate(manage)}
          >
            {pluginTexts.manage}
          </Button>
        ))
      }
      actions={actions}
    />
  );
}

export function MineTab(props: {
  text: string;
  state: MineState;
  sort: string;
  onClear: () => void;
  openDialog: (dialog: PluginDialog) => void;
}) {
  const { installations, loading, error, refresh } = usePluginRegistry();
  const market = useMarket();
  if (error && installations.length === 0) return <ErrorState error={error} onRetry={refresh} />;
  if (loading) return <CardBones n={3} />;
  if (installations.length === 0)
    return (
      <>
        <Empty icon="plugin" title={pluginTexts.noneMine} text={pluginTexts.noneMineText}>
          <Button variant="contained" onClick={() => navigate('/plugins')}>
            {pluginTexts.browse}
          </Button>
        </Empty>
        <Exports />
      </>
    );
  const words = props.text.toLowerCase();
  const shown = installations
    .filter((i) => FILTERS[props.state](i, market.data?.items))
    .filter((i) => `${i.displayName} ${i.pluginKey} ${i.description}`.toLowerCase().includes(words))
    .sort(SORTS[props.sort] ?? byName);
  return (
    <>
      <p className="visually-hidden" role="status">
        {props.text || props.state !== 'all' ? pluginTexts.results({ n: shown.length }) : ''}
      </p>
      {shown.length === 0 ? (
        <Empty icon="search" title={pluginTexts.noMatch} text={pluginTexts.noMatchText}>
          <Button variant="outlined" onClick={props.onClear}>
            {pluginTexts.clear}
          </Button>
        </Empty>
      ) : (
        <ul className="plugin-tiles">
          {shown.map((plugin) => (
            <MineCard key={plugin.id} plugin={plugin} openDialog={props.openDialog} />
          ))}
        </ul>
      )}
      <Exports />
    </>
  );
}
