/** Every plugin with its versions, and who runs which. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { StateChip } from '../plugins/card';
import { T } from '../text';
import { P } from '../text/plugins';
import { M } from '../text/manage';
import { Guests } from '../manage/guests';
import { finish, useOverview } from '../market/calls';
import { Confirm } from '../market/confirm';
import { DeleteVersion } from '../market/delete-version';
import { compareVersions } from '../market/find';
import { TrustBadge } from '../market/trust';
import type { OverviewPlugin, OverviewVersion } from '../market/types';
import { Icon } from '../ui/icons';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import { RolloutDialog } from './rollout-dialog';

type VersionDialog = {
  what: 'rollout' | 'finish' | 'delete';
  plugin: OverviewPlugin;
  version: OverviewVersion;
} | null;

const S = M.system;

/** Companies that a rollout of this version would move: nobody is moved back by one. */
const movable = (p: OverviewPlugin, version: string) =>
  p.versions
    .filter((v) => compareVersions(v.version, version) < 0)
    .reduce((sum, v) => sum + v.tenants, 0);

const inUse = (p: OverviewPlugin) => p.versions.reduce((sum, v) => sum + v.tenants, 0);

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
          {!v.approved && <StateChip label={M.notApproved} tone="warn" />}
          {v.quarantined && <StateChip label={S.quarantined} tone="bad" />}
        </span>
      </td>
      <td className="number">{v.tenants}</td>
      <td className="system-buttons">
        {v.approved && movable(plugin, v.version) > 0 && (
          <Button
            variant="outlined"
            aria-label={S.rolloutOf(plugin.displayName, v.version)}
            onClick={() => openDialog({ what: 'rollout', plugin, version: v })}
          >
            {S.rollout}
          </Button>
        )}
        {v.approved && props.newest && v.tenants > 0 && !older && plugin.versions.length > 1 && (
          <Button
            color="inherit"
            aria-label={S.finishOf(plugin.displayName, v.version)}
            onClick={() => openDialog({ what: 'finish', plugin, version: v })}
          >
            {S.finish}
          </Button>
        )}
        {v.tenants === 0 && (
          <Button
            color="error"
            aria-label={M.deleteVersion(`${plugin.displayName} ${v.version}`)}
            onClick={() => openDialog({ what: 'delete', plugin, version: v })}
          >
            {T.plugins.remove}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Tenants({ plugin }: { plugin: OverviewPlugin }) {
  if (plugin.tenants.length === 0) return <p className="soft">{S.nobody}</p>;
  return (
    <ul className="tenants">
      {plugin.tenants.map((t) => (
        <li key={t.code}>
          <span>{t.name}</span>
          <span className="soft number">{t.version}</span>
          <span className="soft">{P.stateNames[t.state] ?? t.state}</span>
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
        title={S.finishTitle(plugin.displayName, version.version)}
        text={S.finishText}
        confirm={S.finish}
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
            {S.inUse(inUse(plugin))}
            <span className="visually-hidden">{S.show(plugin.displayName)}</span>
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
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={8} label={T.loading} />;
  if (data.items.length === 0) return <Empty icon="plugin" title={S.none} text={S.noneText} />;
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
        <SearchField label={S.search} value={words} onChange={setWords} />
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title={S.noMatch} />
      ) : (
        <div className="table-scroll">
          <table className="table system">
            <thead>
              <tr>
                <th scope="col">{S.pluginVersions}</th>
                <th scope="col">{S.status}</th>
                <th scope="col">{S.companies}</th>
                <th scope="col">
                  <span className="visually-hidden">{S.rollout}</span>
                </th>
              </tr>
            </thead>
            {shown.map((plugin) => (
              <PluginRows key={plugin.pluginKey} plugin={plugin} openDialog={setDialog} />
            ))}
          </table>
        </div>
      )}
      <VersionDialogs dialog={dialog} onClose={() => setDialog(null)} />
    </>
  );
}
