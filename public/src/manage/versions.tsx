/** Every version on this server: which one runs, what each changes, and the way to the others. */
import Button from '@mui/material/Button';
import type { Installation, PluginPackage } from '../api/types';
import { StateChip } from '../plugins/card';
import { P, fileSize } from '../text/plugins';
import { M } from '../text/manage';
import { upgradeTarget, type PluginDialog } from '../market/dialogs';
import { compareVersions } from '../market/find';
import { isSettled } from '../market/state';
import { TrustBadge } from '../market/trust';
import { wordsOf } from '../market/words';
import { Time } from '../ui/time';
import { changesBetween, type Subject } from './data';

/** What this version changes beside the one before it, in one line. */
function changes(older: PluginPackage | null, pack: PluginPackage): string {
  if (!older) return M.firstVersion;
  const c = changesBetween(older, pack);
  const titles = (names: readonly string[]) => names.map((n) => wordsOf(n).title).join(', ');
  const parts = [
    c.gained.length ? M.gains(titles(c.gained)) : M.sameAsks,
    ...(c.dropped.length ? [M.drops(titles(c.dropped))] : []),
    ...(c.migrations.length ? [M.migrates(c.migrations.length)] : []),
  ];
  return parts.join(' · ');
}

function Buttons(props: {
  subject: Subject;
  pack: PluginPackage;
  openDialog: (dialog: PluginDialog) => void;
}) {
  const { pack, subject } = props;
  const { installation } = subject;
  if (installation?.version === pack.version) return null;
  const usable = pack.approved !== false && pack.compatible?.ok !== false;
  const back = installation?.canRollback && installation.previousVersion === pack.version;
  const newer = installation && compareVersions(pack.version, installation.version) > 0;
  const settled = !installation || isSettled(installation);
  return (
    <span className="version-buttons">
      {installation && back && (
        <Button
          variant="outlined"
          disabled={!settled}
          onClick={() => props.openDialog({ what: 'rollback', plugin: installation })}
        >
          {P.rollbackTo(pack.version)}
        </Button>
      )}
      {installation && !back && newer && usable && (
        <Button
          variant="contained"
          disabled={!settled}
          onClick={() =>
            props.openDialog({
              what: 'install',
              target: upgradeTarget(installation, pack.version, [pack]),
            })
          }
        >
          {P.update(pack.version)}
        </Button>
      )}
      {!installation && usable && (
        <Button
          variant="outlined"
          onClick={() =>
            props.openDialog({
              what: 'install',
              target: {
                pluginKey: pack.key,
                name: subject.name,
                pack,
                version: pack.version,
                installation: null,
              },
            })
          }
        >
          {M.installVersion(pack.version)}
        </Button>
      )}
    </span>
  );
}

function Marks({
  pack,
  installation,
  newest,
}: {
  pack: PluginPackage;
  installation: Installation | null;
  newest: boolean;
}) {
  const runs = installation?.version === pack.version;
  return (
    <>
      {runs && <StateChip label={M.running} tone="good" />}
      {!runs && installation?.previousVersion === pack.version && (
        <StateChip label={M.previous} tone="quiet" />
      )}
      {!runs && newest && pack.approved !== false && <StateChip label={M.newest} tone="busy" />}
      {pack.approved === false && <StateChip label={M.notApproved} tone="warn" />}
      {pack.quarantined && <StateChip label={P.quarantined} tone="bad" />}
    </>
  );
}

export function Versions({
  subject,
  openDialog,
}: {
  subject: Subject;
  openDialog: (dialog: PluginDialog) => void;
}) {
  const { versions, installation } = subject;
  if (versions.length === 0) return <p className="soft">{M.noVersions}</p>;
  return (
    <>
      <ol className="versions">
        {versions.map((pack, i) => (
          <li key={pack.sha256} data-running={installation?.version === pack.version}>
            <div className="version-line">
              <h3 className="number">{pack.version}</h3>
              <TrustBadge trust={pack.trust} />
              <Marks pack={pack} installation={installation} newest={i === 0} />
              <span className="spacer" />
              <Buttons subject={subject} pack={pack} openDialog={openDialog} />
            </div>
            <p className="soft">{changes(versions[i + 1] ?? null, pack)}</p>
            {pack.quarantineReason && <p className="soft">{pack.quarantineReason}</p>}
            {pack.compatible?.ok === false && (
              <p className="soft">
                {P.incompatible}
                {pack.compatible.reason && `: ${pack.compatible.reason}`}
              </p>
            )}
            <p className="soft version-print">
              {fileSize(pack.size)} · <code title={pack.sha256}>{pack.sha256.slice(0, 12)}…</code>
              {pack.approvedAt && (
                <>
                  {' '}
                  · {M.facts.approved} <Time iso={pack.approvedAt} ago />
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
