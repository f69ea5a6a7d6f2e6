/** Every plugin with its versions, and who runs which. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { StateChip } from '../plugins/card';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { manageTexts } from '../text/manage';
import { systemTexts } from '../text/system';
import { Guests } from '../manage/guests';
import { finish, useOverview } from '../market/calls';
import { Confirm } from '../market/confirm';
import { DeleteVersion } from '../market/delete-version';
import { compareVersions } from '../market/find';
import { TrustBadge } from '../market/trust';
import type { OverviewPlugin, OverviewVersion } from '../market/types';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';
import { SearchField } from '../ui/search';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
import { RolloutDialog } from './rollout-dialog';

type VersionDialog = {
  what: 'rollout' | 'finish' | 'delete';
  plugin: OverviewPlugin;
  version: OverviewVersion;
} | null;

/** Companies that a rollout of this version would move: nobody is moved back by one. */
const movable = (p: OverviewPlugin, version: string) =>
  p.versions
    .filter((v) => compareVersions(v.version, version) < 0)
    .reduce((sum, v) => sum + v.tenants, 0);

const inUse = (p: OverviewPlugin) => p.versions.reduce((sum, v) => sum + v.tenants, 0);

/** By its state: those first that wait for an approval or are in quarantine. */
const SORTS = {
  name: (p: OverviewPlugin) => p.displayName,
  trouble: (p: OverviewPlugin) => !p.versions.some((v) => v.quarantined || !v.approved),
  companies: inUse,
};

function VersionRow(props: {
  plugin: OverviewPlugin;
  version: OverviewVersion;
  newest: boolean;
  openDialog: (dialog: VersionDialog) => void;
}) {
  const { plugin, version: v, openDialog } = props;
  const older = plugin.versions.some(
    (o) => o.tenants > 0 && compareVersions(o.version, v.version) < 0,
  );
  return (
    <tr>
      <td className="number system-version">{v.version}</td>
      <td>
        <span className="system-marks">
          <TrustBadge trust={v.trust} />
          {!v.approved && <StateChip label={manageTexts.notApproved} tone="warn" />}
          {v.quarantined && <StateChip label={pluginTexts.quarantined} tone="bad" />}
          <span className="system-count-below soft">{systemTexts.inUse({ n: v.tenants })}</span>
        </span>
      </td>
      <td className="number system-count">{v.tenants}</td>
      <td className="system-buttons">
        {v.approved && movable(plugin, v.version) > 0 && (
          <Button
            variant="outlined"
            aria-label={systemTexts.rolloutOf({ name: plugin.displayName, v: v.version })}
            onClick={() => openDialog({ what: 'rollout', plugin, version: v })}
          >
            {systemTexts.rollout}
          </Button>
        )}
        {v.approved && props.newest && v.tenants > 0 && !older && plugin.versions.length > 1 && (
          <Button
            color="inherit"
            aria-label={systemTexts.finishOf({ name: plugin.displayName, v: v.version })}
            onClick={() => openDialog({ what: 'finish', plugin, version: v })}
          >
            {systemTexts.finish}
          </Button>
        )}
        {v.tenants === 0 && (
          <Button
            color="error"
            aria-label={manageTexts.deleteVersion({ v: `${plugin.displayName} ${v.version}` })}
            onClick={() => openDialog({ what: 'delete', plugin, version: v })}
          >
            {texts.plugins.remove}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Tenants({ plugin }: { plugin: OverviewPlugin }) {
  if (plugin.tenants.length === 0) return <p className="soft">{systemTexts.nobody}</p>;
  return (
    <ul className="tenants">
      {plugin.tenants.map((t) => (
        <li key={t.code}>
          <span>{t.name}</span>
          <span className="soft number">{t.version}</span>
          <span className="soft">{nameIn(pluginTexts.stateNames, t.state)}</span>
        </li>
      ))}
    </ul>
  );
}

function VersionDialogs({ dialog, onClose }: { dialog: VersionDialog; onClose: () => void }) {
  if (!dialog) return null;
  const { plugin, version } = dialog;
  if (dialog.what === 'rollout')
    return (
      <RolloutDialog
        pluginKey={plugin.pluginKey}
        name={plugin.displayName}
        version={version.version}
        others={movable(plugin, version.version)}
        onClose={onClose}
      />
    );
  if (dialog.what === 'finish')
    return (
      <Confirm
        title={systemTexts.finishTitle({ name: plugin.displayName, v: version.version })}
        text={systemTexts.finishText}
        confirm={systemTexts.finish}
        run={() => finish(plugin.pluginKey, version.version)}
        onClose={onClose}
      />
    );
  return (
    <DeleteVersion
      pluginKey={plugin.pluginKey}
      name={plugin.displayName}
      version={version.version}
      onClose={onClose}
    />
  );
}

function PluginRows(props: {
  plugin: OverviewPlugin;
  openDialog: (dialog: VersionDialog) => void;
}) {
  const { plugin } = props;
  const [open, setOpen] = useState(false);
  const versions = [...plugin.versions].sort((a, b) => compareVersions(b.version, a.version));
  return (
    <tbody>
      <tr className="system-plugin">
        <th scope="rowgroup" colSpan={2}>
          {plugin.displayName} <code>{plugin.pluginKey}</code>
        </th>
        <td colSpan={2}>
          <button
            type="button"
            className="fold-button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {systemTexts.inUse({ n: inUse(plugin) })}
            <span className="visually-hidden">
              {systemTexts.show({ name: plugin.displayName })}
            </span>
            <Icon name={open ? 'down' : 'right'} size={12} />
          </button>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={4}>
            <Tenants plugin={plugin} />
            <Guests of={{ key: plugin.pluginKey }} />
          </td>
        </tr>
      )}
      {versions.map((v, i) => (
        <VersionRow
          key={v.version}
          plugin={plugin}
          version={v}
          newest={i === 0}
          openDialog={props.openDialog}
        />
      ))}
    </tbody>
  );
}

export function Overview() {
  const { data, error, refresh } = useOverview();
  const [words, setWords] = useState('');
  const [dialog, setDialog] = useState<VersionDialog>(null);
  const { sorting, onSort } = useSorting<keyof typeof SORTS>('name');
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={8} label={texts.loading} />;
  if (data.items.length === 0)
    return <Empty icon="plugin" title={systemTexts.none} text={systemTexts.noneText} />;
  const needle = words.trim().toLowerCase();
  const shown = data.items.filter((p) =>
    [p.displayName, p.pluginKey, ...p.tenants.flatMap((t) => [t.name, t.code])]
      .join(' ')
      .toLowerCase()
      .includes(needle),
  );
  return (
    <>
      <div className="manage-tools">
        <SearchField label={systemTexts.search} value={words} onChange={setWords} />
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title={systemTexts.noMatch} />
      ) : (
        <div className="table-scroll">
          <table className="table system">
            <thead>
              <tr>
                <SortHead by="name" sorting={sorting} onSort={onSort}>
                  {systemTexts.pluginVersions}
                </SortHead>
                <SortHead by="trouble" sorting={sorting} onSort={onSort}>
                  {systemTexts.status}
                </SortHead>
                <SortHead by="companies" sorting={sorting} onSort={onSort} className="system-count">
                  {systemTexts.companies}
                </SortHead>
                <th scope="col">
                  <span className="visually-hidden">{systemTexts.rollout}</span>
                </th>
              </tr>
            </thead>
            {sorted(shown, SORTS[sorting.by], sorting).map((plugin) => (
              <PluginRows key={plugin.pluginKey} plugin={plugin} openDialog={setDialog} />
            ))}
          </table>
        </div>
      )}
      <VersionDialogs dialog={dialog} onClose={() => setDialog(null)} />
    </>
  );
}
