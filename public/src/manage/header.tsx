/** Who the plugin is and the things that can be done with it, above all of its tabs. */
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { ActionMenu, StateChip, type PluginAction } from '../plugins/card';
import { PluginIcon } from '../plugins/icon';
import { useReload } from '../plugins/reload';
import { P } from '../text/plugins';
import { M } from '../text/manage';
import { upgradeTarget, type PluginDialog } from '../market/dialogs';
import { newerVersion } from '../market/find';
import { useTurn } from '../market/mine-tab';
import { chipOf, isOff, isSettled } from '../market/state';
import { StepProgress, useStep } from '../market/steps';
import { OfficialBadge, TrustBadge } from '../market/trust';
import { field, type Subject } from './data';

export function Header({
  subject,
  openDialog,
}: {
  subject: Subject;
  openDialog: (dialog: PluginDialog) => void;
}) {
  const { installation, pack, entry, name } = subject;
  const step = useStep(subject.key);
  const { busy, run } = useTurn(installation);
  const reload = useReload();
  const working = busy || step !== null;
  const settled = installation !== null && isSettled(installation) && !working;
  const author = field(subject, 'author');
  const newer = installation && newerVersion(installation, entry ? [entry] : []);
  const actions: PluginAction[] = installation
    ? [
        ...(installation.ui
          ? [{ label: P.reload, run: () => void reload(installation.pluginKey) }]
          : []),
        ...(installation.canRollback && installation.previousVersion
          ? [
              {
                label: P.rollbackTo(installation.previousVersion),
                disabled: !settled,
                run: () => openDialog({ what: 'rollback', plugin: installation }),
              },
            ]
          : []),
        {
          label: P.uninstall.confirm,
          danger: true,
          disabled: !settled,
          run: () => openDialog({ what: 'uninstall', plugin: installation }),
        },
      ]
    : [];
  const on = installation !== null && !isOff(installation);
  return (
    <>
      <div className="manage-head">
        <PluginIcon src={subject.icon} size={40} />
        <div className="manage-name">
          <p className="manage-title">
            <span className="number">
              {installation?.version ?? pack?.version ?? entry?.version}
            </span>
            {author && <span>{P.by(author)}</span>}
            <span className="badges">
              {entry?.isOfficial && <OfficialBadge />}
              {(installation ?? pack) && <TrustBadge trust={(installation ?? pack)!.trust} />}
            </span>
            {installation && <StateChip {...chipOf(installation)} />}
          </p>
          <p className="soft">{installation?.description ?? entry?.description}</p>
        </div>
        <div className="manage-actions">
          {installation ? (
            <>
              <FormControlLabel
                className="manage-switch"
                control={
                  <Switch
                    size="small"
                    checked={on}
                    disabled={!settled}
                    onChange={() => void run(on ? 'disable' : 'enable')}
                    slotProps={{ input: { 'aria-label': P.switchNamed(name) } }}
                  />
                }
                label={M.enabled}
              />
              {newer && (
                <Button
                  variant="contained"
                  disabled={!settled}
                  onClick={() =>
                    openDialog({
                      what: 'install',
                      target: upgradeTarget(installation, newer, subject.versions),
                    })
                  }
                >
                  {P.update(newer)}
                </Button>
              )}
            </>
          ) : (
            <Button
              variant="contained"
              disabled={working || entry?.compatible?.ok === false}
              onClick={() =>
                openDialog({
                  what: 'install',
                  target: {
                    pluginKey: subject.key,
                    name,
                    pack,
                    version: pack?.version ?? entry?.version ?? '',
                    installation: null,
                  },
                })
              }
            >
              {P.install}
            </Button>
          )}
          <ActionMenu label={P.moreActions(name)} actions={actions} />
        </div>
      </div>
      <div className="manage-step">{working && <StepProgress step={step} label={name} />}</div>
    </>
  );
}
