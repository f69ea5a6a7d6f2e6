/** What the marketplace offers: a system admin brings packages in, reads what they ask for, approves. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { useState } from 'react';
import type { PluginPackage } from '../api/types';
import { ApproveDialog } from '../market/approve-dialog';
import { refreshMarket, useCatalog, useMarket } from '../market/calls';
import { Fetching } from '../market/checking';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';
import { FlowDialog } from '../market/flow-dialog';
import { usePackage } from '../market/install-dialog';
import type { MarketEntry } from '../market/types';
import { StateChip } from '../plugins/card';
import { T } from '../text';
import { M } from '../text/manage';
import { P } from '../text/plugins';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const S = M.system;

/** Fetches the package, then it is reviewed like one that was uploaded. */
function BringIn({ entry, onClose }: { entry: MarketEntry; onClose: () => void }) {
  const { pack, error, retry, incoming } = usePackage({
    pluginKey: entry.key,
    version: entry.version,
    pack: null,
  });
  if (pack) return <ApproveDialog pack={pack} onClose={onClose} />;
  return (
    <FlowDialog
      title={entry.displayName}
      steps={[P.upload.steps.file, P.upload.steps.checks, P.upload.steps.review]}
      at={0}
      onClose={onClose}
    >
      <DialogContent className="flow-body">
        {error ? (
          <ErrorState error={error} onRetry={retry} />
        ) : (
          <Fetching name={entry.displayName} incoming={incoming} />
        )}
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          {T.cancel}
        </Button>
      </DialogActions>
    </FlowDialog>
  );
}

function Row(props: {
  entry: MarketEntry;
  pack: PluginPackage | undefined;
  onReview: (entry: MarketEntry, pack: PluginPackage | undefined) => void;
}) {
  const { entry, pack } = props;
  const fits = entry.compatible?.ok !== false;
  return (
    <tr>
      <td>
        {entry.displayName} <code>{entry.key}</code>
      </td>
      <td className="number">{entry.version}</td>
      <td>
        {pack?.approved ? (
          <StateChip label={S.approved} tone="good" />
        ) : pack ? (
          <StateChip label={M.notApproved} tone="warn" />
        ) : fits ? (
          <StateChip label={S.notHere} tone="quiet" />
        ) : (
          <StateChip label={P.incompatible} tone="warn" />
        )}
      </td>
      <td className="system-buttons">
        {!pack?.approved && fits && (
          <Button
            variant="outlined"
            aria-label={P.reviewNamed(`${entry.displayName} ${entry.version}`)}
            onClick={() => props.onReview(entry, pack)}
          >
            {P.review}
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
  if (market.error && !market.data)
    return <ErrorState error={market.error} onRetry={market.refresh} />;
  if (!market.data || (!catalog.data && !catalog.error)) return <Bars rows={6} label={T.loading} />;
  const packs = catalog.data?.items ?? [];
  if (market.data.items.length === 0)
    return <Empty icon="plugin" title={P.noneInMarket} text={S.noneInMarketText} />;
  return (
    <>
      {market.data.fetchedAt && (
        <p className="soft">
          {P.age.of} <Time iso={market.data.fetchedAt} ago />
        </p>
      )}
      <div className="table-scroll">
        <table className="table system-market">
          <thead>
            <tr>
              <th scope="col">{S.plugin}</th>
              <th scope="col">{S.version}</th>
              <th scope="col">{S.status}</th>
              <th scope="col">
                <span className="visually-hidden">{P.review}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {market.data.items.map((e) => (
              <Row
                key={e.key}
                entry={e}
                pack={packs.find((p) => p.key === e.key && p.version === e.version)}
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
      title={S.market}
      actions={
        <Button
          variant="outlined"
          disabled={operation.busy}
          startIcon={<Icon name="refresh" size={14} />}
          onClick={() => void operation.run(async () => (await refreshMarket()) ?? true)}
        >
          {operation.busy ? P.age.refreshing : P.age.refresh}
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
