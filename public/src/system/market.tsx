/** What the marketplace offers: a system admin brings packages in, reads what they ask for, approves. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useState } from 'react';
import type { PluginPackage } from '../api/types';
import { ApproveDialog, uploadSteps } from '../market/approve-dialog';
import { refreshMarket, useCatalog, useMarket } from '../market/calls';
import { Fetching } from '../market/checking';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';
import { FlowDialog } from '../market/flow-dialog';
import { usePackage } from '../market/install-dialog';
import type { MarketEntry } from '../market/types';
import { StateChip } from '../plugins/card';
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { systemTexts } from '../text/system';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

/** Fetches the package, then it is reviewed like one that was uploaded. */
function BringIn({ entry, onClose }: { entry: MarketEntry; onClose: () => void }) {
  const { pack, error, retry, incoming } = usePackage({
    pluginKey: entry.key,
    version: entry.version,
    pack: null,
  });
  if (pack) return <ApproveDialog pack={pack} onClose={onClose} />;
  return (
    <FlowDialog title={entry.displayName} steps={uploadSteps()} at={0} onClose={onClose}>
      <DialogContent className="flow-body">
        {error ? (
          <ErrorState error={error} onRetry={retry} />
        ) : (
          <Fetching name={entry.displayName} incoming={incoming} />
        )}
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          {texts.cancel}
        </Button>
      </DialogActions>
    </FlowDialog>
  );
}

const fitsHere = (entry: MarketEntry) => entry.compatible?.ok !== false;

/** Whether it could be installed, and what is in the way. */
function standing(
  entry: MarketEntry,
  pack: PluginPackage | undefined,
): Parameters<typeof StateChip>[0] {
  if (pack?.approved) return { label: systemTexts.approved, tone: 'good' };
  if (pack) return { label: manageTexts.notApproved, tone: 'warn' };
  if (fitsHere(entry)) return { label: systemTexts.notHere, tone: 'quiet' };
  return { label: pluginTexts.incompatible, tone: 'warn' };
}

function Row(props: {
  entry: MarketEntry;
  pack: PluginPackage | undefined;
  onReview: (entry: MarketEntry, pack: PluginPackage | undefined) => void;
}) {
  const { entry, pack } = props;
  return (
    <tr>
      <td>
        {entry.displayName} <code>{entry.key}</code>
      </td>
      <td className="number">{entry.version}</td>
      <td>
        <StateChip {...standing(entry, pack)} />
      </td>
      <td className="system-buttons">
        {!pack?.approved && fitsHere(entry) && (
          <Button
            variant="outlined"
            aria-label={pluginTexts.reviewNamed({ name: `${entry.displayName} ${entry.version}` })}
            onClick={() => props.onReview(entry, pack)}
          >
            {pluginTexts.review}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Entries() {
  const market = useMarket();
  const catalog = useCatalog();
  const [entry, setEntry] = useState<MarketEntry | null>(null);
  const [pack, setPack] = useState<PluginPackage | null>(null);
  const { sorting, onSort } = useSorting<'name' | 'version' | 'status'>('name');
  if (market.error && !market.data)
    return <ErrorState error={market.error} onRetry={market.refresh} />;
  if (!market.data || (!catalog.data && !catalog.error))
    return <Bars rows={6} label={texts.loading} />;
  const packs = catalog.data?.items ?? [];
  const packOf = (e: MarketEntry) => packs.find((p) => p.key === e.key && p.version === e.version);
  const values: Record<typeof sorting.by, (e: MarketEntry) => string> = {
    name: (e) => e.displayName,
    version: (e) => e.version,
    status: (e) => standing(e, packOf(e)).label,
  };
  if (market.data.items.length === 0)
    return (
      <Empty icon="plugin" title={pluginTexts.noneInMarket} text={systemTexts.noneInMarketText} />
    );
  return (
    <>
      {market.data.fetchedAt && (
        <p className="soft">
          {pluginTexts.age.of} <Time iso={market.data.fetchedAt} ago />
        </p>
      )}
      <div className="table-scroll">
        <table className="table system-market">
          <thead>
            <tr>
              <SortHead by="name" sorting={sorting} onSort={onSort}>
                {systemTexts.plugin}
              </SortHead>
              <SortHead by="version" sorting={sorting} onSort={onSort}>
                {systemTexts.version}
              </SortHead>
              <SortHead by="status" sorting={sorting} onSort={onSort}>
                {systemTexts.status}
              </SortHead>
              <th scope="col">
                <span className="visually-hidden">{pluginTexts.review}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted(market.data.items, values[sorting.by], sorting).map((e) => (
              <Row
                key={e.key}
                entry={e}
                pack={packOf(e)}
                onReview={(asked, here) => (here ? setPack(here) : setEntry(asked))}
              />
            ))}
          </tbody>
        </table>
      </div>
      {entry && <BringIn entry={entry} onClose={() => setEntry(null)} />}
      {pack && <ApproveDialog pack={pack} onClose={() => setPack(null)} />}
    </>
  );
}

export function SystemMarket() {
  const operation = useOperation();
  return (
    <Page
      title={systemTexts.market}
      actions={
        <Button
          variant="outlined"
          disabled={operation.busy}
          startIcon={<Icon name="refresh" size={14} />}
          onClick={() => void operation.run(async () => (await refreshMarket()) ?? true)}
        >
          {operation.busy ? pluginTexts.age.refreshing : pluginTexts.age.refresh}
        </Button>
      }
    >
      <div className="manage">
        <OperationError error={operation.error} />
        <Entries />
      </div>
    </Page>
  );
}
