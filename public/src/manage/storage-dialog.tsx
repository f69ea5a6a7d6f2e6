/** One value of a plugin's storage: as JSON to change, its former versions to restore, and the way to delete it. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import {
  deleteStored,
  restoreStored,
  storeValue,
  useStoredValue,
  useVersions,
} from '../market/stored';
import type { StorageSpace, StoredValue } from '../market/types';
import { Confirm } from '../market/confirm';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { fileSize } from '../ui/amounts';
import { Bars, ErrorLine } from '../ui/states';
import { Time } from '../ui/time';
import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';

interface Draft {
  key: string;
  text: string;
  ttl: string;
}

function faultsIn({ key, text, ttl }: Draft): Record<string, string> {
  const { stored } = manageTexts;
  const faults: Record<string, string> = {};
  if (!key) faults['key'] = stored.keyNeeded;
  try {
    JSON.parse(text);
  } catch {
    faults['text'] = stored.notJson;
  }
  if (ttl && !/^[1-9][0-9]{0,8}$/.test(ttl)) faults['ttl'] = stored.notSeconds;
  return faults;
}

function Versions(props: { plugin: string; space: string; storedKey: string; onDone: () => void }) {
  const { stored } = manageTexts;
  const { plugin, space, storedKey } = props;
  const { data, error } = useVersions(plugin, space, storedKey);
  const operation = useOperation();
  const former = data?.items.filter((v) => v.until !== null) ?? [];
  if (error && !data) return <ErrorLine error={error} />;
  if (!data) return <Bars rows={2} label={texts.loading} />;
  if (former.length === 0) return <p className="soft">{stored.noVersions}</p>;
  const restore = async (version: number) => {
    if (await operation.run(() => restoreStored(plugin, space, storedKey, version))) props.onDone();
  };
  return (
    <>
      <ol className="activity">
        {former.map((v) => (
          <li key={v.version}>
            <div>
              <p className="soft number">
                <Time iso={v.updatedAt} />{' '}
                {[v.updatedBy, fileSize(v.size)].filter(Boolean).join(' · ')}
              </p>
              <details>
                <summary>{stored.show}</summary>
                <pre>{v.bytes ? stored.bytes : JSON.stringify(v.value, null, 2)}</pre>
              </details>
            </div>
            <span className="spacer" />
            <Button
              color="inherit"
              disabled={operation.busy}
              onClick={() => void restore(v.version)}
            >
              {stored.restore}
            </Button>
          </li>
        ))}
      </ol>
      <OperationError error={operation.error} />
    </>
  );
}

function Edit(props: {
  plugin: string;
  space: StorageSpace;
  value: StoredValue | null;
  onClose: () => void;
}) {
  const { stored } = manageTexts;
  const { plugin, space, value } = props;
  const [deleting, setDeleting] = useState(false);
  const of = useServerForm<Draft>({
    start: {
      key: value?.key ?? '',
      text: value ? (value.bytes ? '' : JSON.stringify(value.value, null, 2)) : '',
      ttl: '',
    },
    check: (draft) => (value?.bytes ? {} : faultsIn(draft)),
    send: ({ key, text, ttl }) =>
      storeValue(plugin, space.name, key, JSON.parse(text), {
        version: value?.version ?? 0,
        ...(ttl && { ttl: Number(ttl) }),
      }),
    onDone: props.onClose,
  });
  if (deleting && value)
    return (
      <Confirm
        danger
        title={stored.deleteTitle({ key: value.key })}
        text={space.history > 0 ? stored.deleteKept : stored.deleteText}
        confirm={stored.delete}
        run={async () => {
          await deleteStored(plugin, space.name, value.key);
          props.onClose();
        }}
        onClose={() => setDeleting(false)}
      />
    );
  return (
    <FormDialog
      of={of}
      wide
      title={value ? value.key : stored.addTitle({ name: space.name })}
      submit={texts.save}
      onClose={props.onClose}
    >
      {!value && (
        <TextInput of={of} name="key" label={stored.key} fullWidth margin="dense" autoFocus />
      )}
      {value?.bytes ? (
        <p className="dialog-text">{stored.bytesText({ size: fileSize(value.size) })}</p>
      ) : (
        <TextInput
          of={of}
          name="text"
          label={stored.value}
          multiline
          minRows={6}
          maxRows={18}
          fullWidth
          margin="dense"
          slotProps={{ htmlInput: { className: 'stored-json', spellCheck: false } }}
        />
      )}
      {!value?.bytes && (
        <TextInput
          of={of}
          name="ttl"
          label={stored.ttl}
          helperText={stored.ttlHelp}
          fullWidth
          margin="dense"
          slotProps={{ htmlInput: { inputMode: 'numeric' } }}
        />
      )}
      {value && space.history > 0 && (
        <>
          <h3>{stored.versions}</h3>
          <Versions
            plugin={plugin}
            space={space.name}
            storedKey={value.key}
            onDone={props.onClose}
          />
        </>
      )}
      {value && (
        <p>
          <Button color="error" onClick={() => setDeleting(true)}>
            {stored.delete}
          </Button>
        </p>
      )}
    </FormDialog>
  );
}

/** storedKey null = a new one. */
export function StoredDialog(props: {
  plugin: string;
  space: StorageSpace;
  storedKey: string | null;
  onClose: () => void;
}) {
  const { plugin, space, storedKey, onClose } = props;
  const { data, error } = useStoredValue(plugin, space.name, storedKey);
  if (storedKey === null || data)
    return (
      <Edit
        key={data?.version ?? 'new'}
        plugin={plugin}
        space={space}
        value={storedKey === null ? null : (data ?? null)}
        onClose={onClose}
      />
    );
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-label={storedKey}>
      <DialogContent>
        {error ? <ErrorLine error={error} /> : <Bars rows={6} label={texts.loading} />}
      </DialogContent>
    </Dialog>
  );
}
