/** Every version on this server: which one runs, what each changes, and the way to the others. */
import Button from '@mui/material/Button';
import type { Installation, PluginPackage } from '../api/types';
import { StateChip } from '../plugins/card';
import { formatList, translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { fileSize } from '../ui/amounts';
import { manageTexts } from '../text/manage';
import { upgradeTarget, type PluginDialog } from '../market/dialogs';
import { compareVersions } from '../market/find';
import { isSettled, unfitText } from '../market/state';
import { TrustBadge } from '../market/trust';
import { wordsOf } from '../market/words';
import { Time } from '../ui/time';
import { changesBetween, type Subject } from './data';

/** What this version changes beside the one before it, in one line. */
function changes(older: PluginPackage | null, pack: PluginPackage): string {
  if (!older) return manageTexts.firstVersion;
  const c = changesBetween(older, pack);
  const titles = (names: readonly string[]) =>
    formatList(
      names.map((n) => wordsOf(n).title),
      'conjunction',
    );
  const parts = [
    c.gained.length ? manageTexts.gains({ names: titles(c.gained) }) : manageTexts.sameAsks,
    ...(c.dropped.length ? [manageTexts.drops({ names: titles(c.dropped) })] : []),
    ...(c.migrations.length ? [manageTexts.migrates({ n: c.migrations.length })] : []),
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
          {pluginTexts.rollbackTo({ v: pack.version })}
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
          {pluginTexts.update({ v: pack.version })}
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
          {manageTexts.installVersion({ v: pack.version })}
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
      {runs && <StateChip label={manageTexts.running} tone="good" />}
      {!runs && installation?.previousVersion === pack.version && (
        <StateChip label={manageTexts.previous} tone="quiet" />
      )}
      {!runs && newest && pack.approved !== false && (
        <StateChip label={manageTexts.newest} tone="busy" />
      )}
      {pack.approved === false && <StateChip label={manageTexts.notApproved} tone="warn" />}
      {pack.quarantined && <StateChip label={pluginTexts.quarantined} tone="bad" />}
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
  if (versions.length === 0) return <p className="soft">{manageTexts.noVersions}</p>;
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
            {pack.quarantineReason && (
              <p className="soft">{translate(pack.quarantineReasonText, pack.quarantineReason)}</p>
            )}
            {pack.compatible?.ok === false && <p className="soft">{unfitText(pack.compatible)}</p>}
            <p className="soft version-print">
              {fileSize(pack.size)} · <code title={pack.sha256}>{pack.sha256.slice(0, 12)}…</code>
              {pack.approvedAt && (
                <>
                  {' '}
                  · {manageTexts.facts.approved} <Time iso={pack.approvedAt} ago />
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
