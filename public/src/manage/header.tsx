/** Who the plugin is and the things that can be done with it, above all of its tabs. */
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { ActionMenu, StateChip, type PluginAction } from '../plugins/card';
import { PluginIcon } from '../plugins/icon';
import { useReload } from '../plugins/reload';
import { pluginTexts } from '../text/plugins';
import { manageTexts } from '../text/manage';
import { upgradeTarget, type PluginDialog } from '../market/dialogs';
import { newerVersion } from '../market/find';
import { useSetEnabled } from '../market/mine-tab';
import { chipOf, isOff, isSettled } from '../market/state';
import { StepProgress, useStep } from '../market/steps';
import { TrustBadges } from '../market/trust';
import { nameIn } from '../ui/names';
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
  const { busy, run } = useSetEnabled(installation);
  const reload = useReload();
  const working = busy || step !== null;
  const settled = installation !== null && isSettled(installation) && !working;
  const author = field(subject, 'author');
  const newer = installation && newerVersion(installation, entry ? [entry] : []);
  const actions: PluginAction[] = installation
    ? [
        ...(installation.ui
          ? [{ label: pluginTexts.reload, run: () => void reload(installation) }]
          : []),
        ...(installation.canRollback && installation.previousVersion
          ? [
              {
                label: pluginTexts.rollbackTo({ v: installation.previousVersion }),
                disabled: !settled,
                run: () => openDialog({ what: 'rollback', plugin: installation }),
              },
            ]
          : []),
        {
          label: pluginTexts.uninstall.confirm,
          danger: true,
          disabled: !settled,
          run: () => openDialog({ what: 'uninstall', plugin: installation }),
        },
      ]
    : [];
  const on = installation !== null && !isOff(installation);
  const chip = installation && chipOf(installation);
  // The switch beside it says the same.
  const saidBySwitch = chip?.label === nameIn(pluginTexts.stateNames, installation?.state ?? '');
  return (
    <>
      <div className="manage-head">
        <PluginIcon src={subject.icon} size={40} />
        <div className="manage-name">
          <p className="manage-title">
            <span className="number">
              {installation?.version ?? pack?.version ?? entry?.version}
            </span>
            {author && <span>{pluginTexts.by({ author })}</span>}
            <span className="badges">
              <TrustBadges official={entry?.isOfficial} trust={(installation ?? pack)?.trust} />
            </span>
            {chip && !saidBySwitch && <StateChip {...chip} />}
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
                    slotProps={{ input: { 'aria-label': pluginTexts.switchNamed({ name }) } }}
                  />
                }
                label={manageTexts.enabled}
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
                  {pluginTexts.update({ v: newer })}
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
              {pluginTexts.install}
            </Button>
          )}
          <ActionMenu label={pluginTexts.moreActions({ name })} actions={actions} />
        </div>
      </div>
      <div className="manage-step">{working && <StepProgress step={step} label={name} />}</div>
    </>
  );
}
