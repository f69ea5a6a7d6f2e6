/** What a plugin may do is shown before it is installed; what is lost, before it is taken away. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useState } from 'react';
import { api, type ApiError } from '../../api/client';
import { invalidate } from '../../api/query';
import type { Installation, PluginPackage } from '../../api/types';
import { T } from '../../text';
import { Icon } from '../../ui/icons';
import { ErrorLine } from '../../ui/states';

/** Installing makes tables and starts a worker: give it longer than a read. */
const INSTALL_DEADLINE_MS = 90_000;

function useAction(done: () => void) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await action();
      invalidate('plugins/');
      done();
    } catch (caught) {
      setError(caught as ApiError);
      setBusy(false);
      invalidate('plugins/');
    }
  };
  return { busy, error, run };
}

export function Permissions({ permissions }: { permissions: readonly string[] }) {
  if (permissions.length === 0) return <p>{T.plugins.noPermissions}</p>;
  return (
    <ul className="permissions">
      {permissions.map((p) => (
        <li key={p}>
          <Icon name="shield" />
          <span>{(T.plugins.permissionNames as Record<string, string>)[p] ?? p}</span>
          <code>{p}</code>
        </li>
      ))}
    </ul>
  );
}

export function InstallDialog({ pack, onClose }: { pack: PluginPackage; onClose: () => void }) {
  const { busy, error, run } = useAction(onClose);
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      onClose={() => !busy && onClose()}
      aria-labelledby="install-title"
    >
      <DialogTitle id="install-title">{T.plugins.installTitle(pack.displayName)}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">
          {T.plugins.version(pack.version)} · {T.plugins.statusNames(pack.status)}
        </p>
        <p className="dialog-text">{T.plugins.installText}</p>
        <Permissions permissions={pack.permissions} />
        <ErrorLine error={error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose} disabled={busy}>
          {T.cancel}
        </Button>
        <Button
          variant="contained"
          loading={busy}
          autoFocus
          onClick={() =>
            void run(() =>
              api.post<Installation>(
                '/api/plugins/install',
                { pluginKey: pack.key, version: pack.version },
                { deadline: INSTALL_DEADLINE_MS },
              ),
            )
          }
        >
          {T.plugins.install}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** One yes-or-no question before something goes away. */
export function RemoveDialog(props: {
  title: string;
  text: string;
  confirm: string;
  path: string;
  onClose: () => void;
}) {
  const { busy, error, run } = useAction(props.onClose);
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      onClose={() => !busy && props.onClose()}
      aria-labelledby="remove-title"
      role="alertdialog"
    >
      <DialogTitle id="remove-title">{props.title}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">{props.text}</p>
        <ErrorLine error={error} />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={props.onClose} disabled={busy} autoFocus>
          {T.cancel}
        </Button>
        <Button
          color="error"
          variant="contained"
          loading={busy}
          onClick={() => void run(() => api.del(props.path, { deadline: INSTALL_DEADLINE_MS }))}
        >
          {props.confirm}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
