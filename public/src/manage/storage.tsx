/** What the plugin keeps by key for this company: look at it, find, change, restore and delete it, take it elsewhere. */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useRef, useState } from 'react';
import { ApiError } from '../api/client';
import { save } from '../api/download';
import type { Installation } from '../api/types';
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { Confirm } from '../market/confirm';
import { problemText, useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';
import {
  clearStorage,
  restoreStored,
  storeItems,
  storedPages,
  useDeleted,
  useStorageSpaces,
  useStored,
} from '../market/stored';
import type { StorageItem, StorageSpace, StoredItem } from '../market/types';
import { toast } from '../toasts/store';
import { fileSize, formatShare } from '../ui/amounts';
import { Choice } from '../ui/choice';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorLine, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { StoredDialog } from './storage-dialog';

const PAGE = 50;
/** The server's bound of one request, and what nginx lets through of a body with room for the rest. */
const BATCH = 100;
const BATCH_BYTES = 800_000;

/** Lines of JSON, as many as one request takes, each batch by itself whole or not stored. */
async function importLines(plugin: string, space: string, text: string): Promise<number> {
  const items = text
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as StoredItem);
  let n = 0;
  while (n < items.length) {
    const batch: StoredItem[] = [];
    let bytes = 0;
    while (n + batch.length < items.length && batch.length < BATCH) {
      const { key, value, data } = items[n + batch.length]!;
      const item = typeof data === 'string' ? { key, data } : { key, value: value ?? null };
      bytes += JSON.stringify(item).length;
      if (batch.length > 0 && bytes > BATCH_BYTES) break;
      batch.push(item);
    }
    await storeItems(plugin, space, batch);
    n += batch.length;
  }
  return n;
}

const fail = (title: string, error: unknown) =>
  toast({
    title,
    message: error instanceof ApiError ? problemText(error) : manageTexts.stored.notLines,
    tone: 'error',
  });

function Tools(props: {
  plugin: string;
  space: StorageSpace;
  onAdd: () => void;
  onClear: () => void;
}) {
  const { stored } = manageTexts;
  const { plugin, space } = props;
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const run = async (failed: string, work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      fail(failed, error);
    }
    setBusy(false);
  };
  const exportAll = () =>
    run(stored.exportFailed, async () => {
      const lines: string[] = [];
      for await (const items of storedPages(plugin, space.name))
        for (const { key, value, data, expiresAt } of items)
          lines.push(JSON.stringify({ key, ...(data === null ? { value } : { data }), expiresAt }));
      save(
        new Blob([lines.join('\n'), '\n'], { type: 'application/x-ndjson' }),
        `${plugin}-${space.name}.jsonl`,
      );
    });
  const importFile = (file: File | undefined) =>
    file &&
    run(stored.importFailed, async () => {
      const n = await importLines(plugin, space.name, await file.text());
      toast({ title: stored.imported({ n }), tone: 'success' });
    });
  return (
    <div className="stored-actions">
      <Button variant="contained" onClick={props.onAdd}>
        {stored.add}
      </Button>
      <Button color="inherit" disabled={busy || space.keys === 0} onClick={() => void exportAll()}>
        {stored.export}
      </Button>
      <Button color="inherit" disabled={busy} onClick={() => input.current?.click()}>
        {stored.import}
      </Button>
      <Button color="inherit" disabled={busy || space.bytes === 0} onClick={props.onClear}>
        {stored.clear}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".jsonl,.ndjson,application/x-ndjson"
        aria-label={stored.import}
        onChange={(e) => {
          void importFile(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
    </div>
  );
}

function Row({ item, onOpen }: { item: StorageItem; onOpen: () => void }) {
  const { stored } = manageTexts;
  return (
    <tr>
      <td>
        <button type="button" className="stored-key" onClick={onOpen}>
          {item.key}
        </button>
        <p className="soft stored-preview">{item.bytes ? stored.bytes : item.preview}</p>
      </td>
      <td className="number">{fileSize(item.size)}</td>
      <td className="number">
        <Time iso={item.updatedAt} />
        {item.updatedBy && <p className="soft">{item.updatedBy}</p>}
      </td>
      <td className="number">{item.expiresAt ? <Time iso={item.expiresAt} /> : stored.stays}</td>
    </tr>
  );
}

function Deleted({ plugin, space }: { plugin: string; space: StorageSpace }) {
  const { stored } = manageTexts;
  const { data, error } = useDeleted(plugin, space.name);
  const operation = useOperation();
  if (!data || data.items.length === 0) return <ErrorLine error={data ? null : error} />;
  return (
    <details>
      <summary>{stored.deleted({ n: data.items.length })}</summary>
      <ol className="activity">
        {data.items.map((item) => (
          <li key={item.key}>
            <div>
              <strong>{item.key}</strong>{' '}
              <span className="soft number">
                {fileSize(item.size)} · <Time iso={item.deletedAt} />
              </span>
            </div>
            <span className="spacer" />
            <Button
              color="inherit"
              disabled={operation.busy}
              aria-label={stored.restoreOf({ key: item.key })}
              onClick={() =>
                void operation.run(() => restoreStored(plugin, space.name, item.key, item.version))
              }
            >
              {stored.restore}
            </Button>
          </li>
        ))}
      </ol>
      <OperationError error={operation.error} />
    </details>
  );
}

function List({ plugin, space }: { plugin: string; space: StorageSpace }) {
  const { stored } = manageTexts;
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<string | null | undefined>(undefined);
  const [clearing, setClearing] = useState(false);
  const { data, error, refresh, more } = useStored(plugin, space.name, search, PAGE);
  return (
    <>
      <div className="manage-tools">
        <SearchField label={stored.search} value={search} onChange={setSearch} maxLength={200} />
        <span className="spacer" />
        <Tools
          plugin={plugin}
          space={space}
          onAdd={() => setOpen(null)}
          onClear={() => setClearing(true)}
        />
      </div>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={6} label={texts.loading} />
      ) : data.items.length > 0 ? (
        <>
          <div className="table-scroll">
            <table className="table stored" aria-label={stored.keysOf({ name: space.name })}>
              <thead>
                <tr>
                  <th scope="col">{stored.key}</th>
                  <th scope="col">{stored.size}</th>
                  <th scope="col">{stored.changed}</th>
                  <th scope="col">{stored.ends}</th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((item) => (
                  <Row key={item.key} item={item} onOpen={() => setOpen(item.key)} />
                ))}
              </tbody>
            </table>
          </div>
          {more && (
            <Button color="inherit" onClick={more}>
              {stored.more}
            </Button>
          )}
        </>
      ) : search ? (
        <Empty icon="search" title={stored.noMatch} text={stored.noMatchText}>
          <Button variant="outlined" onClick={() => setSearch('')}>
            {stored.clearSearch}
          </Button>
        </Empty>
      ) : (
        <Empty icon="plugin" title={stored.none} text={space.description ?? stored.noneText} />
      )}
      <ErrorLine error={data ? error : null} />
      {space.history > 0 && <Deleted plugin={plugin} space={space} />}
      {open !== undefined && (
        <StoredDialog
          plugin={plugin}
          space={space}
          storedKey={open}
          onClose={() => setOpen(undefined)}
        />
      )}
      {clearing && (
        <Confirm
          danger
          title={stored.clearTitle({ name: space.name })}
          text={stored.clearText({ n: space.keys })}
          confirm={stored.clearYes}
          run={() => clearStorage(plugin, space.name)}
          onClose={() => setClearing(false)}
        />
      )}
    </>
  );
}

const factsOf = (s: StorageSpace): string[] => {
  const { stored } = manageTexts;
  return [
    stored.keys({ n: s.keys }),
    fileSize(s.bytes),
    s.quotaMb !== null && stored.ofQuota({ mb: s.quotaMb }),
    s.history > 0 && stored.history({ n: s.history }),
    !s.declared && stored.undeclared,
  ].filter((f): f is string => typeof f === 'string');
};

export function StorageTab({ installation }: { installation: Installation }) {
  const { stored } = manageTexts;
  const plugin = installation.pluginKey;
  const [chosen, setChosen] = useState<string | null>(null);
  const { data, error, refresh } = useStorageSpaces(plugin);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={8} label={texts.loading} />;
  const space =
    data.items.find((s) => s.name === chosen) ??
    data.items.find((s) => s.keys > 0) ??
    data.items[0]!;
  const share = Math.min(1, data.bytes / data.quota);
  return (
    <section>
      <div className="stored-use">
        <p>
          {stored.use({ used: fileSize(data.bytes), of: fileSize(data.quota) })}{' '}
          <span className="soft number">{formatShare(share)}</span>
        </p>
        <LinearProgress
          variant="determinate"
          value={share * 100}
          color={share > 0.8 ? 'warning' : 'primary'}
          aria-label={stored.useLabel}
        />
      </div>
      <div className="manage-tools">
        <Choice
          label={stored.namespace}
          value={space.name}
          options={data.items.map((s) => ({ value: s.name, label: s.name }))}
          onChange={setChosen}
          keepLabel
        />
        <p className="soft number">{factsOf(space).join(' · ')}</p>
      </div>
      {space.description && <p className="soft">{space.description}</p>}
      <List key={space.name} plugin={plugin} space={space} />
    </section>
  );
}
